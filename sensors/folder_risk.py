"""Whether a folder is a good place to record into: not on a network, and not where another program copies files about.

SQLite's journal needs memory that all users of the file share, which a network drive does not give; and a program that
keeps folders the same on several machines copies a file and its journal at different moments.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

MOUNTS = Path("/proc/self/mounts")
NETWORK_KINDS = frozenset(
    {
        "nfs", "nfs3", "nfs4", "cifs", "smb2", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs", "lustre", "davfs",
        "fuse.sshfs", "fuse.rclone", "fuse.davfs2", "fuse.glusterfs", "fuse.gvfsd-fuse", "fuse.smbnetfs", "fuse.s3fs",
        "fuse.google-drive-ocamlfuse", "fuse.onedriver",
    }
)  # fmt: skip
"""Kinds of mounts behind which is another machine, as Linux calls them."""
SYNCED = (
    (re.compile(r"dropbox( \(.*\))?"), "Dropbox"),
    (re.compile(r"onedrive( ?- ?.+)?"), "OneDrive"),
    (re.compile(r"google ?drive|googledrive-.+|my drive"), "Google Drive"),
    (re.compile(r"icloud ?drive|com~apple~clouddocs|mobile documents"), "iCloud"),
    (re.compile(r"nextcloud\d?"), "Nextcloud"),
    (re.compile(r"owncloud\d?"), "ownCloud"),
    (re.compile(r"box( sync)?"), "Box"),
    (re.compile("syncthing"), "Syncthing"),
    (re.compile(r"pcloud ?drive"), "pCloud"),
    (re.compile("megasync"), "MEGA"),
)
"""How the folders are called that other programs keep in step, without regard to upper and lower case."""
SYNCED_MARKS = ((".dropbox", "Dropbox"), (".stfolder", "Syncthing"), (".sync_journal.db", "Nextcloud"))
"""What such programs leave at the top of their folder, whatever that is called."""
LOCALLY = "record into a folder of this computer and copy the session when it has ended"


def unsafe(folder: Path) -> str | None:
    """Say after a folder's name why recordings into it are at risk, None if they are not; it need not be there yet."""
    place = Path(os.path.realpath(folder))
    kind = _network(place)
    if kind is not None:
        return f"is on a network drive ({kind}), where a recording can be spoiled; {LOCALLY}"
    program = _synced(place)
    if program is not None:
        return f"is kept in step by {program}, which can tear a recording apart; {LOCALLY}"
    return None


def _network(place: Path) -> str | None:
    """Return the kind of network drive that a place is on."""
    if place.drive.startswith("\\\\"):
        return "a share"
    if sys.platform == "win32" or not MOUNTS.exists():
        return None
    longest, found = "", ""
    for line in MOUNTS.read_text("utf-8", "surrogateescape").splitlines():
        _, point, kind, *_ = line.split(" ")
        point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), point)
        if len(point) >= len(longest) and place.is_relative_to(point):
            longest, found = point, kind
    return found if found in NETWORK_KINDS else None


def _synced(place: Path) -> str | None:
    """Return the program that keeps a place in step with other machines."""
    for above in (place, *place.parents):
        for called, program in SYNCED:
            if called.fullmatch(above.name.casefold()):
                return program
        for mark, program in SYNCED_MARKS:
            if (above / mark).exists() and above != Path.home():
                return program
    return None
