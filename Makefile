# Everything a person or a machine does with this repository, each as one command.
#
#   make test     format, lints, documentation, and the tests of every language
#   make demo     servers and clients in every language on the same rooms, on real data, with faults
#   make demo-web a cart and a to-do list that browsers share; CI=1 has two of them use it by themselves
#   make demo-views  a shop that the server renders, in browsers; CI=1 has two of them use it by themselves
#   make fuzz     what bytes may do, with a nightly compiler and cargo-fuzz: 60 seconds for each target, or SECONDS=n for
#                 TARGET=name; KEEP=1 chooses the corpora anew
#   make miri     pointers and data races in the C library and in what threads share, as Miri sees them
#   make sanitize C and C++ programs with a library that is compiled for the sanitizers of addresses and threads
#   make loom     every order in which threads can use a handle and its wake
#   make pages    the trees of a user interface, on all pages of Rust's documentation
#   make sim      clients, servers, disks and faults in simulated time (SEEDS=n, FROM=k, random unless given)
#   make model    the protocol as a model: a table of searches, each of every state that it can reach
#   make bench    the table of measurements; make bench-web has that of a page, make bench-views, bench-views-python and
#                 bench-views-node that of trees, bench-storage that of a disk, bench-memory that of memory
#   make kill     kills servers at random moments, KILLS=n times, and clients half as often on top, and compares what they said
#                 with what is there; SERVER=node|python
#   make dist     the wheel and the npm packages, and what they do where a user installs them
#   make install  header, library, pkg-config and CMake files (PREFIX, DESTDIR)

SHELL := /bin/sh
.DEFAULT_GOAL := test
.PHONY: all test lint check-tools check-nightly check-demo-tools demo bench header install clean
# `-o` in front of a name takes what is built already: `make -o node-package demo-web`.
.PHONY: demo-web demo-views bench-web bench-views bench-views-node check-browser bench-storage bench-memory
.PHONY: flight pages test-pages model test-model sim test-sim kill test-kill fuzz loom miri sanitize
.PHONY: bench-python bench-views-python bench-node test-rust test-python test-node test-web test-examples python-package node-package dist

CARGO ?= cargo
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DESTDIR ?=
BUILD := build
TARGET := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
ABI := $(shell sed -n 's/^pub const SYNCLINE_ABI_VERSION: u32 = \([0-9]*\);/\1/p' ffi/src/version.rs 2>/dev/null)

# The README's line.
APT := build-essential pkg-config cmake valgrind libwebsockets-dev nodejs npm python3 python3-venv chromium

PYTHON ?= python3
CHROMIUM ?= /usr/bin/chromium
export CHROMIUM
VENV := $(CURDIR)/$(BUILD)/python
# As maturin sets it, so that nothing is built twice.
export PYO3_BUILD_EXTENSION_MODULE := 1

all: test

# A missing tool fails with the line that installs it; nothing is skipped.
define need
	@command -v $(1) >/dev/null 2>&1 || { \
	  echo "missing: $(1)"; echo "install: apt-get install -y $(APT)"; exit 1; }
endef

# Into build/$(1)/prefix, whatever folders the environment names.
define install-here
	$(MAKE) --no-print-directory install DESTDIR= PREFIX="$(CURDIR)/$(BUILD)/$(1)/prefix" \
	  LIBDIR="$(CURDIR)/$(BUILD)/$(1)/prefix/lib" INCLUDEDIR="$(CURDIR)/$(BUILD)/$(1)/prefix/include"
endef

check-tools:
	@command -v $(CARGO) >/dev/null 2>&1 || { \
	  echo "missing: cargo"; echo "install: https://rustup.rs (channel in rust-toolchain.toml)"; exit 1; }
	@[ -d "$$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ] || { \
	  echo "missing: Rust for wasm32-unknown-unknown"; echo "install: rustup target add wasm32-unknown-unknown"; exit 1; }
	$(call need,cc)
	$(call need,gcc)
	$(call need,g++)
	$(call need,nm)
	$(call need,pkg-config)
	$(call need,cmake)
	$(call need,valgrind)
	$(call need,npm)
	@node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null || { \
	  echo "missing: node 20 or later"; echo "install: https://nodejs.org, or apt-get install -y nodejs"; exit 1; }
	@$(PYTHON) -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "missing: Python 3.11 or later with venv"; echo "install: apt-get install -y $(APT)"; exit 1; }

check-demo-tools: check-tools
	@pkg-config --exists libwebsockets || { \
	  echo "missing: libwebsockets"; echo "install: apt-get install -y $(APT)"; exit 1; }

check-browser:
	@command -v "$(CHROMIUM)" >/dev/null 2>&1 || { \
	  echo "missing: chromium"; echo "install: apt-get install -y chromium (or say where it is: CHROMIUM=...)"; exit 1; }

lint: check-tools
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) clippy -p syncline-core --no-default-features --locked -- -D warnings
	$(CARGO) clippy -p syncline-core --features plant --locked -- -D warnings
	$(CARGO) clippy -p syncline-ffi --no-default-features --target wasm32-unknown-unknown --locked -- -D warnings
	$(CARGO) clippy -p syncline-ffi --no-default-features --locked -- -D warnings
	cd benches/storage && $(CARGO) fmt --check
	$(CARGO) clippy --quiet --all-targets --locked --manifest-path benches/storage/Cargo.toml --target-dir $(BUILD)/bench/storage -- -D warnings
	cd benches/views && $(CARGO) fmt --check
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

test: lint test-model test-sim loom test-python test-node test-kill test-examples test-web test-rust test-pages


# Two are tested in their own languages, and what measures is run by hand.
UNTESTED := benches node python
SMALL := corpora hostile json_texts mismatch room scenarios tabs wire world
# What is small and slow takes the place of what is fast and large in the second line; files and threads are as in the first.
test-rust: check-tools
	$(CARGO) test --workspace $(UNTESTED:%=--exclude syncline-%) --locked --lib --bins --tests
	$(CARGO) test -p syncline-core --no-default-features --features host,json --locked --lib $(SMALL:%=--test %) -- --skip host::
	$(CARGO) test -p syncline-core --features plant --locked --test promises --test corpora -- each_promise each_planted
	$(CARGO) test -p syncline-ffi --no-default-features --locked --lib
	$(CARGO) test --locked --doc -p syncline-core

benches/pages/node_modules/.package-lock.json: benches/pages/package-lock.json
	cd benches/pages && npm ci --no-audit --no-fund --ignore-scripts
	touch $@

# Trees of pages that others wrote: their patches, their JSON, and their HTML as a browser reads it.
test-pages: check-tools benches/pages/node_modules/.package-lock.json
	$(CARGO) run --quiet --locked -p syncline-pages -- benches/pages/node_modules 400

SIM := $(CARGO) run --release --quiet --locked --manifest-path core/sim/Cargo.toml --target-dir $(BUILD)/sim --

# A package by itself, because it compiles the engine with bugs that can be planted. 300 seeds keep all promises and take
# every branch that is marked as rare; and each planted bug is found as what it is.
test-sim: check-tools
	cd core/sim && $(CARGO) fmt --check
	$(CARGO) clippy --release --quiet --all-targets --locked --manifest-path core/sim/Cargo.toml --target-dir $(BUILD)/sim -- -D warnings
	$(CARGO) test --release --quiet --locked --manifest-path core/sim/Cargo.toml --target-dir $(BUILD)/sim
	$(SIM) SEEDS=300 FROM=0 MARKS=all
	$(SIM) PROVE=300

# A failure prints its last events in words, and the command that replays it: SEEDS, FROM, WITHOUT, CLIENTS, ROOMS, SPAN,
# THINK, PLANT.
sim: check-tools
	@$(SIM) SEEDS=$(or $(SEEDS),300) FROM=$(or $(FROM),$(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')) \
	  $(foreach name,WITHOUT CLIENTS ROOMS SPAN THINK PLANT,$(if $($(name)),$(name)=$($(name))))

# A package by itself, so that nobody else compiles what it depends on. The small searches of the protocol, and rules that
# are broken to be found.
test-model: check-tools
	cd core/model && $(CARGO) fmt --check
	$(CARGO) clippy --release --quiet --all-targets --locked --manifest-path core/model/Cargo.toml --target-dir $(BUILD)/model -- -D warnings
	$(CARGO) test --release --quiet --locked --manifest-path core/model/Cargo.toml --target-dir $(BUILD)/model

# The large ones, in about ten minutes; one that does not see every state fails, unless MINUTES=n says how long each may take.
model: check-tools
	$(CARGO) run --release --quiet --locked --manifest-path core/model/Cargo.toml --target-dir $(BUILD)/model -- $(if $(MINUTES),MINUTES=$(MINUTES))

# The shipped handle and wake with the threads and locks of a model, in seconds, after a minute of building.
loom: check-tools
	RUSTFLAGS="--cfg loom" $(CARGO) test --quiet --locked -p syncline-core --no-default-features --features json --lib \
	  --target-dir $(BUILD)/loom -- interleavings

check-nightly: check-tools
	@rustc +nightly --version >/dev/null 2>&1 || { \
	  echo "missing: a nightly compiler"; echo "install: rustup toolchain install nightly --component miri,rust-src"; exit 1; }
	@[ -d "$$(rustc +nightly --print sysroot)/lib/rustlib/src/rust/library" ] || { \
	  echo "missing: the sources of the nightly library"; echo "install: rustup component add --toolchain nightly rust-src"; exit 1; }

# In about fifteen minutes on two cores.
miri: check-nightly
	@$(CARGO) +nightly miri --version >/dev/null 2>&1 || { \
	  echo "missing: miri"; echo "install: rustup component add --toolchain nightly miri"; exit 1; }
	sh ffi/miri.sh $(CARGO) "$(CURDIR)/$(BUILD)/miri"

# In about ten, half of which builds the library twice.
sanitize: check-nightly
	@command -v clang++ >/dev/null 2>&1 || { \
	  echo "missing: clang++"; echo "install: apt-get install -y clang"; exit 1; }
	sh ffi/sanitize.sh $(CARGO) "$(CURDIR)/$(BUILD)/sanitize"

# The same of the documentation that rustup installs; PAGES=n for no more than n, at even distances.
pages: check-tools
	@[ -d "$$(rustc --print sysroot)/share/doc/rust/html" ] || { \
	  echo "missing: the documentation of Rust"; echo "install: rustup component add rust-docs"; exit 1; }
	$(CARGO) run --release --quiet --locked -p syncline-pages -- \
	  "$$(rustc --print sysroot)/share/doc/rust/html" $(if $(PAGES),1 $(PAGES),1000)

# A target as one says TARGET=name here: the name of the folder of what is built is another one's.
SECONDS ?= 60
fuzz: check-tools
	sh core/fuzz/run.sh $(SECONDS) "$(CURDIR)/$(BUILD)/fuzz" $(if $(findstring command,$(origin TARGET)),$(TARGET))

$(VENV)/ready: bindings-python/requirements-dev.txt examples/python/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r bindings-python/requirements-dev.txt -r examples/python/requirements.txt
	touch $@

# In place, so that an edit of the Python side needs no build.
python-package: check-tools $(VENV)/ready
	cd bindings-python && VIRTUAL_ENV=$(VENV) $(VENV)/bin/maturin develop --quiet --locked

# What replays a recording, for the tests of the bindings: they have no time to build it.
flight: check-tools
	$(CARGO) build --quiet --locked -p syncline-core --example flight

test-python: python-package flight
	cd bindings-python && $(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .
	cd bindings-python && $(VENV)/bin/mypy && $(VENV)/bin/python -m mypy.stubtest syncline
	cd bindings-python && $(VENV)/bin/pytest --quiet

bindings-node/node_modules/.package-lock.json: bindings-node/package-lock.json
	cd bindings-node && npm ci --no-audit --no-fund
	touch $@

node-package: check-tools bindings-node/node_modules/.package-lock.json
	cd bindings-node && node scripts/native.mjs --debug && node scripts/wasm.mjs --test && npm run --silent build:ts && npm run --silent build:browser

test-node: node-package flight
	cd bindings-node && node scripts/native.mjs --debug --test-panic && npm test && npm run --silent check

test-kill: node-package python-package
	cd bindings-node && PYTHON="$(VENV)/bin/python" node --test --test-timeout=120000 test/kill/*.test.mjs

# SIGKILL at random moments to real servers and clients: half of the servers' kills for each language, or all for the one that is
# named; those of clients come on top.
KILLS ?= 1000
KILLED := $(if $(filter command environment,$(origin SERVER)),$(SERVER),node python)
kill: node-package python-package
	@for server in $(KILLED); do \
	  PYTHON="$(VENV)/bin/python" node bindings-node/test/kill/drive.mjs $$(($(KILLS) / $(words $(KILLED)))) $$server || exit 1; done

bindings-node/test/web/bundles/node_modules/.package-lock.json: bindings-node/test/web/bundles/package-lock.json
	cd bindings-node/test/web/bundles && npm ci --no-audit --no-fund
	touch $@

# In a browser, against servers in Node and in Python, and from every bundler; prints the sizes.
test-web: check-browser node-package python-package bindings-node/test/web/bundles/node_modules/.package-lock.json
	$(VENV)/bin/ruff check bindings-node/test/web --config examples/python/ruff.toml
	$(VENV)/bin/ruff format --check bindings-node/test/web --config examples/python/ruff.toml
	cd bindings-node && SYNCLINE_PYTHON="$(VENV)/bin/python" npm run --silent test:web

examples/node/node_modules/.package-lock.json: examples/node/package-lock.json
	cd examples/node && npm ci --no-audit --no-fund
	touch $@

examples/web/node_modules/.package-lock.json: examples/web/package-lock.json
	cd examples/web && npm ci --no-audit --no-fund
	touch $@

test-examples: check-browser python-package node-package examples/node/node_modules/.package-lock.json \
  examples/web/node_modules/.package-lock.json examples/web-demo/node_modules/.package-lock.json
	cd examples/node && npm test
	cd examples/web && npm test
	node examples/web-demo/views/drive.mjs $(BUILD)/demo-views/node
	SERVER=python PYTHON="$(VENV)/bin/python" node examples/web-demo/views/drive.mjs $(BUILD)/demo-views/python
	cd examples/python && $(VENV)/bin/ruff check . ../web-demo --config ruff.toml && $(VENV)/bin/ruff format --check . ../web-demo --config ruff.toml && $(VENV)/bin/pytest --quiet

demo: check-demo-tools bindings-node/node_modules/.package-lock.json examples/node/node_modules/.package-lock.json
	$(call install-here,demo)
	CARGO="$(CARGO)" PYTHON="$(PYTHON)" sh examples/demo/run.sh "$(CURDIR)/$(BUILD)/demo"

examples/web-demo/node_modules/.package-lock.json: examples/web-demo/package-lock.json
	cd examples/web-demo && npm ci --no-audit --no-fund
	touch $@

# The server is in Node, or in Python with SERVER=python. It stays until Ctrl-C; with CI=1 two browsers use it by themselves, and leave
# pictures in build/demo-web.
SERVER ?= node
PORT ?= 8300
SERVE := $(if $(filter python,$(SERVER)),$(VENV)/bin/python examples/web-demo/server.py,node examples/web-demo/server.mjs)
demo-web: export SERVER := $(SERVER)
demo-web: export PYTHON := $(if $(filter python,$(SERVER)),$(VENV)/bin/python,$(PYTHON))
demo-web: $(if $(CI),check-browser) node-package $(if $(filter python,$(SERVER)),python-package) \
  examples/web-demo/node_modules/.package-lock.json
	@mkdir -p $(BUILD)/demo-web
ifdef CI
	node examples/web-demo/drive.mjs $(BUILD)/demo-web
else
	@echo "Open this in two windows; Ctrl-C ends it:"
	@exec $(SERVE) $(PORT) $(BUILD)/demo-web/rooms
endif

# A shop that the server renders, in Node, or in Python with SERVER=python; as above, with pictures in build/demo-views.
SERVE_VIEWS := $(if $(filter python,$(SERVER)),$(VENV)/bin/python examples/web-demo/views/server.py,node examples/web-demo/views/server.mjs)
demo-views: export SERVER := $(SERVER)
demo-views: export PYTHON := $(if $(filter python,$(SERVER)),$(VENV)/bin/python,$(PYTHON))
demo-views: $(if $(CI),check-browser) node-package $(if $(filter python,$(SERVER)),python-package) \
  examples/web-demo/node_modules/.package-lock.json
	@mkdir -p $(BUILD)/demo-views
ifdef CI
	node examples/web-demo/views/drive.mjs $(BUILD)/demo-views
else
	@echo "Open this in two windows, with ?name=ada and ?name=bob; Ctrl-C ends it:"
	@exec $(SERVE_VIEWS) $(PORT) $(BUILD)/demo-views/rooms
endif

# Release builds of their own: those for the tests stay as they are.
$(BUILD)/bench/python/ready: benches/python/requirements.txt
	$(PYTHON) -m venv $(BUILD)/bench/python
	$(BUILD)/bench/python/bin/pip install --quiet --disable-pip-version-check -r benches/python/requirements.txt
	touch $@

bench-python: check-tools $(BUILD)/bench/python/ready
	rm -rf $(BUILD)/bench/wheel
	$(BUILD)/bench/python/bin/maturin build --quiet --release --locked -m bindings-python/Cargo.toml -o $(BUILD)/bench/wheel
	$(BUILD)/bench/python/bin/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps $(BUILD)/bench/wheel/*.whl

$(BUILD)/bench/views-python/ready: benches/python/requirements-views.txt
	$(PYTHON) -m venv $(BUILD)/bench/views-python
	$(BUILD)/bench/views-python/bin/pip install --quiet --disable-pip-version-check -r benches/python/requirements-views.txt
	touch $@

# What a render costs beside what others take; ROUNDS=n for more or fewer turns.
bench-views-python: check-tools $(BUILD)/bench/views-python/ready
	rm -rf $(BUILD)/bench/views-wheel
	$(BUILD)/bench/views-python/bin/maturin build --quiet --release --locked -m bindings-python/Cargo.toml -o $(BUILD)/bench/views-wheel
	$(BUILD)/bench/views-python/bin/pip install --quiet --disable-pip-version-check --force-reinstall $(BUILD)/bench/views-wheel/*.whl
	$(BUILD)/bench/views-python/bin/python benches/python/views.py $(ROUNDS)

bench-node: check-tools bindings-node/node_modules/.package-lock.json
	$(CARGO) build --release --quiet --locked -p syncline-node
	mkdir -p $(BUILD)/bench
	cp $(TARGET)/release/libsyncline_node.so $(BUILD)/bench/syncline.node
	cd bindings-node && npm run --silent build:ts

bench: check-tools bench-python bench-node
	$(CARGO) bench --locked -p syncline-benches --bench engine -- --quiet --noplot >/dev/null
	$(call install-here,bench) >/dev/null
	cc -std=c11 -O2 -Wall -Wextra -Werror -o $(BUILD)/bench/calls benches/c/calls.c -I$(BUILD)/bench/prefix/include \
	  -L$(BUILD)/bench/prefix/lib -lsyncline -Wl,-rpath,"$(CURDIR)/$(BUILD)/bench/prefix/lib"
	$(CARGO) build --release --quiet --locked -p syncline-benches --bins
	SYNCLINE_NATIVE_LIBRARY="$(CURDIR)/$(BUILD)/bench/syncline.node" $(TARGET)/release/table $(BUILD)/bench

benches/web/node_modules/.package-lock.json: benches/web/package-lock.json
	cd benches/web && npm ci --no-audit --no-fund --ignore-scripts
	touch $@

# In Chromium, beside Yjs and JSON by hand; ROUNDS=n for more or fewer turns.
bench-web: check-browser bench-node benches/web/node_modules/.package-lock.json
	cd bindings-node && npm run --silent build:wasm && npm run --silent build:browser
	SYNCLINE_NATIVE_LIBRARY="$(CURDIR)/$(BUILD)/bench/syncline.node" node benches/web/bench.mjs $(BUILD)/bench

# A table of 10,000 nodes, beside other virtual trees, edits that show at once, and the same table from C; ROUNDS=n for more or fewer turns.
# A package by itself, so that nobody else compiles what it is compared with.
bench-views: check-tools
	$(CARGO) build --release --quiet --locked --manifest-path benches/views/Cargo.toml --target-dir $(BUILD)/bench/views
	$(BUILD)/bench/views/release/views
	$(BUILD)/bench/views/release/predictions
	$(BUILD)/bench/views/release/from_c

# Small durable edits, beside redb and SQLite, on the disk of this folder; also a package by itself.
bench-storage: check-tools
	$(CARGO) build --release --quiet --locked --manifest-path benches/storage/Cargo.toml --target-dir $(BUILD)/bench/storage
	$(BUILD)/bench/storage/release/syncline-bench-storage $(BUILD)/bench-storage

# What the engine holds, and the process of a server beside a relay by hand, while a reader does not read; connections that do nothing;
# a client that is offline for a week, whose journal syncs 604,800 times: in memory, where there is a folder for that. ROUNDS=n for more or
# fewer rounds.
SHM := $(if $(wildcard /dev/shm/.),/dev/shm/syncline-bench-memory,$(CURDIR)/$(BUILD)/bench-memory)
bench-memory: bench-python bench-node
	$(CARGO) bench --quiet --locked -p syncline-benches --bench memory -- "$(SHM)"
	SYNCLINE_NATIVE_LIBRARY="$(CURDIR)/$(BUILD)/bench/syncline.node" node benches/node/memory.mjs $(BUILD)/bench/python/bin/python

benches/views-node/node_modules/.package-lock.json: benches/views-node/package-lock.json
	cd benches/views-node && npm ci --no-audit --no-fund --ignore-scripts
	touch $@

# A table of 10,000 nodes as a host in Node renders it, to the bytes of a frame, beside others; ROUNDS=n for more or fewer turns.
bench-views-node: bench-node benches/views-node/node_modules/.package-lock.json
	SYNCLINE_NATIVE_LIBRARY="$(CURDIR)/$(BUILD)/bench/syncline.node" NODE_ENV=production node benches/node/views.mjs

# Writes include/syncline.h anew; a test compares it.
header: check-tools
	UPDATE=1 $(CARGO) test --locked -p syncline-ffi --test header

install: check-tools
	$(CARGO) build --release --locked -p syncline-ffi
	sh ffi/install.sh "$(abspath $(TARGET))/release" "$(DESTDIR)" "$(PREFIX)" "$(LIBDIR)" "$(INCLUDEDIR)" "$(VERSION)" "$(ABI)"

dist: check-tools
	sh packaging/dist.sh "$(CURDIR)/$(BUILD)/dist"
	sh packaging/check.sh "$(CURDIR)/$(BUILD)/dist"

clean:
	$(CARGO) clean
	rm -rf $(BUILD)
