"""Where raw articles come from: files, folders, feeds and web archives, each read into articles.

    inputs.py       an input of the command line: a file, a folder, an address or standard input
      files.py      files and folders: what kind each is, and the records in it
      addresses.py  feeds and pages on the web, fetched politely (fetching.py, robots.py)
    lines.py, texts.py, pages.py, feeds.py, archives.py
                    bytes of one kind into records: no network, no clock, no state
    progress.py     what was delivered already, so that an interrupted run goes on

All that is read becomes a `records.Item`; what cannot be read becomes a `records.Unreadable` and
does not stop the rest.
"""
