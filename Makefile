# Names of commands; what they do stands in scripts/.
.PHONY: run stop test lint check fuzz bench docs

run: ## build a release, start it, feed it the scenario (and DATA=<folder>)
	@scripts/run.sh

stop: ## stop the server that make run left in the background
	@scripts/stop.sh

test: ## every test: Rust, the command line, real clients against the started binary
	@scripts/test.sh

lint: ## formatting, clippy, licences, unused dependencies
	@scripts/lint.sh

check: test lint

fuzz: ## each fuzz target for SECONDS=15
	@scripts/fuzz.sh $(SECONDS)

bench: ## intake, list and start-up figures
	@bench/run.sh

docs: ## the book, into docs/book (needs mdbook)
	@mdbook build docs
