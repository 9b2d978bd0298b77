"""One module a (suite, peer), each run as a fresh process: `python -m benchmarks.drivers.loop_numba
--inputs DIR --result FILE`.
 A driver prepares, runs, checks and writes one JSON object; it never compares. Drivers of peers run in the
peers' own venv, so nothing here may import Titan except the drivers named `*_titan`.
"""
