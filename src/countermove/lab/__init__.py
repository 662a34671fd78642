"""The lab: a local server, and the page that shows and runs scenarios in a browser."""
