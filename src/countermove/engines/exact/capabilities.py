"""What the engine ``exact`` can do.

Here: its row of abilities. Not here: any of them.
"""

from countermove.engines.contract import Capabilities

CAPABILITIES = Capabilities(
    courses=False,
    chance=True,
    crowding=False,
    unequal=False,
    making=False,
    reacting=False,
    lineages=False,
    leaps=False,
)
