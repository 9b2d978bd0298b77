"""What `venues.feed` is made of: connections that keep their topics alive, snapshots by HTTP, and watches.

Feed ── Fleet (one a line) ── Carrier (some topics) ── Link (a connection; two while one replaces the other)
 │                                                      └─ Requests (what was asked of it, and acknowledged)
 ├── Fetcher (GETs that lines ask for)
 └── Outlet (rows, once a turn of the loop) ── Usual (what each book's own rhythm is)
"""
