"""A seeded market to run on anywhere: spot and perp books, trades, basis, funding, open interest,
liquidations.

`scenario.SCENARIOS` names the moods, `generate.generate` plays one as blocks of the tape's rows. Its
parameters are measured from recorded series (`measure`), kept in `measured.json`, and laid beside what comes
out (`faithfulness`). Everything made here is simulated, and every place that shows it says so.
"""
