"""Reports: a session, or the trend of several, written for people - as a page, as Markdown - and for programs."""
