# make run    serves the dashboard on http://127.0.0.1:8501, with a simulated trial if there is no export
# make test   the whole suite, browser included
# make lint   format and lint
# make pictures  takes the pictures of the README
# make bench  measures how fast it is, and writes benchmarks/results.md

PYTHON ?= python3
PORT   ?= 8501
BIN     = .venv/bin

.PHONY: run test lint bench pictures browser clean

run: .venv/installed
	$(BIN)/python -m data.simulate --if-empty
	$(BIN)/streamlit run dashboard.py --server.port $(PORT)

test: .venv/installed browser
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: .venv/installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/installed browser
	$(BIN)/python -m benchmarks

pictures: .venv/installed browser
	$(BIN)/python -m docs.pictures

.venv/installed: requirements.txt
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or later is needed, this is ' + sys.version)"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

# The browser tests drive an installed Chromium, Chrome or Edge; on Debian one is fetched by apt.
browser: .venv/installed
	@$(BIN)/python -m tests.browser || { \
	    command -v apt-get >/dev/null || { echo "Install Chrome, Chromium or Edge, or set BROWSER_PATH."; exit 1; }; \
	    sudo=$$( [ "$$(id -u)" = 0 ] || echo sudo ); \
	    $$sudo apt-get update -qq && $$sudo apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; }

clean:
	rm -rf .venv data/*/simulated tests/artefacts
