"""A Bluetooth controller that the program drives by itself, without the operating system's stack.

bleak's scanner and client over the host stack of bumble: the rest of the program speaks to bleak as ever. The only room
that imports bumble, and that only where such a radio is asked for: it comes with the extra `radio`.
"""
