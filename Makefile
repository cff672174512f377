# Seamark. `make help` lists the targets.
SHELL := /bin/bash
# The flag stands here and not in .mvn/jvm.config: an older JVM would end at it, before the enforcer can say what is wrong.
MVN := . bin/jdk25 && MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow $$MAVEN_OPTS" mvn
LIB := standalone/target/seamark/lib
SOURCES := $(shell find . -name pom.xml -not -path '*/target/*') $(shell find core ingest query rules standalone -path '*/src/main/*' -not -path '*/target/*' -type f)

# the commit of the version before, for `make upgrade`
PREVIOUS ?= e4a5dd2

.DEFAULT_GOAL := help
.PHONY: help build demo test soak upgrade agents bench golden fmt clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: standalone/target/seamark/aot/made ## all that is needed to run: jars, and the JDK's ahead-of-time caches

demo: build ## everything on this machine, with a small generated fleet; Ctrl-C stops it
	bin/seamark standalone --demo --data $(or $(DATA),data)

test: ## all tests and checks
	$(MVN) verify

soak: ## the long tests: many rounds of what `make test` does shortly
	$(MVN) verify -Dtests=soak -Dtests.not=agents

upgrade: ## the version before (PREVIOUS=commit), built from git, is replaced under load; skipped where git has no such history
	@lib=$$(bin/previous $(PREVIOUS)) || { [ $$? -eq 3 ] && echo "upgrade: SKIPPED" && exit 0; exit 1; }; \
	$(MVN) verify -Dtests=upgrade -Dtests.not="soak | agents" -Dprevious=$(PREVIOUS) -Dprevious.lib=$$lib

agents: build ## Go-built agents (OpenTelemetry Collector, Prometheus) against a standalone; skipped where there is no go
	$(MVN) verify -Dtests=agents -Dtests.not=soak

bench: build ## JMH of the hot paths, then a counted load through everything; see benchmarks/results
	benchmarks/run

golden: ## rewrites the expected files of golden tests; review the diff
	$(MVN) verify -Dgolden=write

fmt: ## formats code and POMs
	$(MVN) -q spotless:apply

clean: ## removes what was built
	$(MVN) -q clean

$(LIB)/made: $(SOURCES)
	@rm -rf $(LIB) # a library of an earlier build must not stay on the class path
	$(MVN) -q package -DskipTests
	@touch $@

standalone/target/seamark/aot/made: $(LIB)/made
	bin/aot-cache
