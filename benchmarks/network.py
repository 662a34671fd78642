"""Jobs S1 and S2 as reaction networks that any simulator can read, and their exact answers.

Here: reactions, SBML text, probabilities from the backward equations. Not here: any simulator.
"""

from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

BIRTH, DEATH, KILL = 0.14, 0.13, 0.04
S1_MUTATION, S1_DAYS = 1e-2, 657.0
S2_MUTATION, S2_SIZE, S2_DAYS = 4.2e-8, 1e9, 1095.0
S2_RESISTANT = 3500.0  # of each single mutant at the start of "treatment only": about its median


@dataclass(frozen=True)
class Network:
    """A birth-death-mutation network.

    Attributes
    ----------
    start : cells of each species
    reactions : (rate, reactant, products), each of first order
    days : length of a run
    """

    start: dict[str, float]
    reactions: tuple[tuple[float, str, tuple[str, ...]], ...]
    days: float

    @property
    def mean_events(self) -> float:
        """Expected number of reactions of a run, from the mean of the founding species."""
        first, cells = next(iter(self.start.items()))
        rates = [(r, len(p)) for r, s, p in self.reactions if s == first]
        net = sum(r * (n - 1) for r, n in rates)
        return sum(r for r, _ in rates) * cells * np.expm1(net * self.days) / net

    def sbml(self) -> str:
        """SBML level 3; the substance unit must be ``item``, or COPASI converts moles."""
        species = "".join(
            f'<species id="{s}" compartment="c" initialAmount="{n:.0f}" substanceUnits="item" '
            'hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false"/>'
            for s, n in self.start.items()
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">'
            '<model id="m" substanceUnits="item" extentUnits="item" timeUnits="dimensionless" '
            'volumeUnits="dimensionless"><listOfCompartments><compartment id="c" size="1" '
            'spatialDimensions="3" units="dimensionless" constant="true"/></listOfCompartments>'
            f"<listOfSpecies>{species}</listOfSpecies><listOfReactions>"
            + "".join(self._reaction(i) for i in range(len(self.reactions)))
            + "</listOfReactions></model></sbml>"
        )

    def _reaction(self, number: int) -> str:
        rate, reactant, products = self.reactions[number]
        made = "".join(
            f'<speciesReference species="{p}" stoichiometry="{products.count(p)}" constant="true"/>'
            for p in dict.fromkeys(products)
        )
        made = f"<listOfProducts>{made}</listOfProducts>" if made else ""
        return (
            f'<reaction id="r{number}" reversible="false" fast="false"><listOfReactants>'
            f'<speciesReference species="{reactant}" stoichiometry="1" constant="true"/>'
            f"</listOfReactants>{made}<kineticLaw>"
            '<math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/>'
            f"<cn> {rate!r} </cn><ci> {reactant} </ci></apply></math></kineticLaw></reaction>"
        )

    def extinction(self) -> float:
        """Probability that no cell is left at the end, by the backward equations."""
        names = list(self.start)

        def slope(_, f):
            out = np.zeros(len(names))
            for rate, reactant, products in self.reactions:
                k = names.index(reactant)
                out[k] += rate * (np.prod([f[names.index(p)] for p in products]) - f[k])
            return out

        solved = solve_ivp(
            slope, (0.0, self.days), np.zeros(len(names)), method="LSODA", rtol=1e-11, atol=1e-14
        )
        return float(np.exp(np.array(list(self.start.values())) @ np.log(solved.y[:, -1])))


def _network(death: dict[str, float], edges: tuple[tuple[str, str], ...], u: float):
    reactions = []
    for name, rate in death.items():
        targets = [t for s, t in edges if s == name]
        reactions.append((BIRTH * (1 - u * len(targets)), name, (name, name)))
        reactions.append((rate, name, ()))
        reactions += [(BIRTH * u, name, (name, target)) for target in targets]
    return tuple(reactions)


def s1() -> Network:
    """One cell, mutation to a resistant type, 657 days: the time to 1e4 cells on average."""
    death = {"S": DEATH, "R": DEATH}
    return Network({"S": 1.0, "R": 0.0}, _network(death, (("S", "R"),), S1_MUTATION), S1_DAYS)


def s2() -> Network:
    """Two drugs on a lesion of 1e9 cells for three years, from given counts."""
    hit = DEATH + KILL
    death = {"S": hit, "RA": hit, "RB": hit, "RAB": DEATH}
    edges = (("S", "RA"), ("S", "RB"), ("RA", "RAB"), ("RB", "RAB"))
    start = {"S": S2_SIZE, "RA": S2_RESISTANT, "RB": S2_RESISTANT, "RAB": 0.0}
    return Network(start, _network(death, edges, S2_MUTATION), S2_DAYS)


JOBS = {"S1": s1, "S2": s2}
