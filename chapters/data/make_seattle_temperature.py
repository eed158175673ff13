"""Make seattle-temperature.csv from the file in the Python package vega_datasets.

Run it where that package is installed; the course itself does not need it:

    python -m venv /tmp/vega && /tmp/vega/bin/pip install vega_datasets==0.9.0
    /tmp/vega/bin/python chapters/data/make_seattle_temperature.py
"""

import csv
import hashlib
from importlib import resources
from pathlib import Path

SOURCE = resources.files("vega_datasets") / "_data" / "seattle-weather.csv"
SHA256 = "62f0609f787158128aa2bd102967173a4953122dd4f872bf1d502cae1037df0b"

text = SOURCE.read_bytes()
assert hashlib.sha256(text).hexdigest() == SHA256, "not the file that the course was made from"
rows = csv.DictReader(text.decode().splitlines())
days = [(row["date"].replace("/", "-"), row["temp_max"]) for row in rows]
with Path(__file__).with_name("seattle-temperature.csv").open("w", encoding="utf-8", newline="") as file:
    csv.writer(file, lineterminator="\n").writerows([("date", "warmest"), *days])
