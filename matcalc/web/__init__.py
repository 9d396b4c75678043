"""The page and the JSON interface: named operations on plain data, a server for them, and the page itself.

service.py has the table of operations and imports no server, so that the same functions answer over HTTP, in a browser
and to an assistant. server.py serves them, in processes with limits. page/ is what a browser gets.
"""
