"""What holds for the server, whoever looks: a page is drawn anew for each look, this stays."""

visits: list[str] = []  # the first page that this server showed
