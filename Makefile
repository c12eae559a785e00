# Everything a person or a machine does with this repository, each as one command.
#
#   make test     format, lints, documentation, tests, header and C gates
#   make demo     servers and clients in Node, Python and C on the same rooms, on real data, with faults
#   make bench    the table of measurements
#   make install  header, library, pkg-config and CMake files (PREFIX, DESTDIR)

SHELL := /bin/sh
.DEFAULT_GOAL := test
.PHONY: all test lint check-tools check-demo-tools demo bench header install clean

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
APT := build-essential pkg-config cmake valgrind libwebsockets-dev nodejs npm python3 python3-venv

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
	$(call need,cc)
	$(call need,gcc)
	$(call need,g++)
	$(call need,nm)
	$(call need,pkg-config)
	$(call need,cmake)
	$(call need,valgrind)

check-demo-tools: check-tools
	$(call need,node)
	$(call need,npm)
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "missing: python3 with venv"; echo "install: apt-get install -y $(APT)"; exit 1; }
	@pkg-config --exists libwebsockets || { \
	  echo "missing: libwebsockets"; echo "install: apt-get install -y $(APT)"; exit 1; }

lint: check-tools
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) clippy -p syncline-core --no-default-features --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

test: lint
	$(CARGO) test --workspace --locked --lib --bins --tests
	$(CARGO) test --locked --doc -p syncline-core

demo: check-demo-tools
	$(call install-here,demo)
	sh examples/demo/run.sh "$(CURDIR)/$(BUILD)/demo"

bench: check-tools
	$(CARGO) bench --locked -p syncline-benches --bench engine -- --quiet --noplot >/dev/null
	$(call install-here,bench) >/dev/null
	cc -std=c11 -O2 -Wall -Wextra -Werror -o $(BUILD)/bench/calls benches/c/calls.c -I$(BUILD)/bench/prefix/include \
	  -L$(BUILD)/bench/prefix/lib -lsyncline -Wl,-rpath,"$(CURDIR)/$(BUILD)/bench/prefix/lib"
	$(CARGO) run --release --quiet --locked -p syncline-benches --bin table -- $(BUILD)/bench/calls

# Writes include/syncline.h anew; a test compares it.
header: check-tools
	UPDATE=1 $(CARGO) test --locked -p syncline-ffi --test header

install: check-tools
	$(CARGO) build --release --locked -p syncline-ffi
	sh ffi/install.sh "$(abspath $(TARGET))/release" "$(DESTDIR)" "$(PREFIX)" "$(LIBDIR)" "$(INCLUDEDIR)" "$(VERSION)" "$(ABI)"

clean:
	$(CARGO) clean
	rm -rf $(BUILD)
