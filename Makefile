# Two commands do everything:
#   make serve   the course in your browser
#   make test    everything that is promised, checked
# Python 3.11 or newer is all they need. The README gives the same steps without make.

PYTHON ?= python3
PIP = -m pip install --quiet --disable-pip-version-check

.PHONY: serve site test lint notebooks portable oracles bench clean

serve: site
	@.venv/bin/python tools/serve.py _build/html

site: .venv/ready
	.venv/bin/jupyter-book build -q .

test: .venv-test/ready lint
	.venv-test/bin/python -m pytest

lint: .venv-test/ready
	.venv-test/bin/ruff check .
	.venv-test/bin/ruff format --check .

# Run every notebook again and store it without what changes from run to run.
notebooks: .venv/ready
	.venv/bin/python -m tools.notebooks

# Do the stored outputs hold on a processor without wide vector units? Run the notebooks as if this were one.
portable: .venv-test/ready
	NPY_DISABLE_CPU_FEATURES="X86_V3 X86_V4 AVX512_ICL" OPENBLAS_CORETYPE=Nehalem .venv-test/bin/python -m pytest chapters intro.ipynb

# Recompute the reference trajectories with the real libraries (downloads PyTorch and Optax).
oracles: tests/oracles/requirements.txt
	$(PYTHON) -m venv .venv-oracles
	.venv-oracles/bin/python $(PIP) -r tests/oracles/requirements.txt
	.venv-oracles/bin/python tests/oracles/make_oracles.py
	.venv-oracles/bin/python tests/oracles/make_schedules.py

# Compare speed with Optax and PyTorch (downloads both); then what a drag costs in the browser.
bench: benchmarks/requirements.txt .venv-test/ready
	$(PYTHON) -m venv .venv-oracles
	.venv-oracles/bin/python $(PIP) -r benchmarks/requirements.txt -e .
	.venv-oracles/bin/python benchmarks/bench_adam_grid.py
	.venv-oracles/bin/python benchmarks/bench_import.py
	.venv-test/bin/python benchmarks/bench_drag.py

# The reader's environment, and the contributor's: apart, so that tools of one do not show in the other.
.venv/ready: requirements.txt pyproject.toml
	$(PYTHON) tools/check_python.py
	$(PYTHON) -m venv .venv
	.venv/bin/python $(PIP) -r requirements.txt
	touch $@

.venv-test/ready: requirements.txt requirements-dev.txt pyproject.toml
	$(PYTHON) tools/check_python.py
	$(PYTHON) -m venv .venv-test
	.venv-test/bin/python $(PIP) -r requirements.txt -r requirements-dev.txt
	touch $@

clean:
	rm -rf _build .venv .venv-test .venv-oracles
