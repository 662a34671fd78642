"""``python -m countermove``: the same as the command.

Here: the way in. Not here: the commands (``command_line``).
"""

from countermove.command_line.main import main

if __name__ == "__main__":
    main()
