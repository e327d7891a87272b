# tablewalk: `make help` explains. Everything that is made goes to build/.

CONFIG ?= default
SAN    ?=
SEED   ?= 1
V      ?=

ifeq ($(wildcard rtl/configs/$(CONFIG).vf),)
$(error there is no configuration '$(CONFIG)': CONFIG is one of $(basename $(notdir $(wildcard rtl/configs/*.vf))))
endif
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
endif
Q := $(if $(V),,@)

ifneq ($(SAN),)
BUILD    := build/san
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else
BUILD    := build
SANITIZE :=
endif
ifneq ($(CONFIG),default)
BUILD    := $(BUILD)/$(CONFIG)
endif

CC       ?= gcc
WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
CFLAGS   ?= -O2 -g
ALL_CFLAGS   := -std=c11 -D_GNU_SOURCE $(WARNINGS) $(CFLAGS) $(SANITIZE) -MMD -MP
ALL_CPPFLAGS := -Iinclude -I.
LIBS     := -larchive -ljansson -lz -lm -pthread

# The package first, then leaves before what instantiates them. RTL_DIR: a copy, for mutants.
RTL_DIR ?= rtl
RTL := $(addprefix $(RTL_DIR)/,tw_pkg.sv plru.sv tlb.sv miss_queue.sv segment_table.sv \
         segment_unit.sv request_port.sv late_answer.sv walk_dispatch.sv prefetcher.sv ram.sv \
         l2_tlb.sv walk_cache.sv hash_walker.sv walker.sv memory_arbiter.sv walker_pool.sv fault_queue.sv \
         registers.sv counters.sv mmu.sv)

LIB_SOURCES     := $(wildcard model/*.c model/arch/*.c model/cycle/*.c tb/*.c tb/os/*.c tb/script/*.c tb/timeline/*.c \
                   tb/shadow/*.c tb/userland/*.c)
PROGRAM_SOURCES := $(wildcard tb/program/*.c)
SUPPORT_SOURCES := $(wildcard tests/support/*.c)
TEST_SOURCES    := $(shell find tests -name 'test_*.c' | sort)
# What knows no engine is the same program in every configuration: the default one runs it for all.
ENGINE_FREE     := tests/tb/os/% tests/model/arch/% tests/host/%
ifneq ($(CONFIG),default)
TEST_SOURCES    := $(filter-out $(ENGINE_FREE),$(TEST_SOURCES))
endif

EXAMPLES        := $(patsubst tests/%.c,$(BUILD)/%,$(filter-out tests/examples/test_%,$(wildcard tests/examples/*.c)))

LIB_OBJECTS     := $(LIB_SOURCES:%.c=$(BUILD)/obj/%.o)
PROGRAM_OBJECTS := $(PROGRAM_SOURCES:%.c=$(BUILD)/obj/%.o)
SUPPORT_OBJECTS := $(SUPPORT_SOURCES:%.c=$(BUILD)/obj/%.o)
TESTS           := $(TEST_SOURCES:tests/%.c=$(BUILD)/tests/%)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all help deps lib program random soak run test regress lint lint-rtl lint-synth lint-c replay synth bench waves \
        wave-png pictures docs check-generated clean \
        need-c need-rtl need-test need-lint need-waves need-pictures
all: program

help: ## what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  CONFIG=small|default|large|prefetch picks the RTL's configuration, SAN=1 builds with sanitizers, V=1 shows commands"

## ---- libraries and program -------------------------------------------------------------------

lib: $(BUILD)/libtablewalk.a ## the C library: golden model, cycle model, OS stub (no Verilator needed)
program: $(BUILD)/tablewalk ## the program build/tablewalk

$(BUILD)/obj/%.o: %.c | need-c
	@mkdir -p $(@D)
	@echo "  CC     $<"
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/libtablewalk.a: $(LIB_OBJECTS)
	@echo "  AR     $@"
	@rm -f $@
	$(Q)ar qcs $@ $^ # q: files of several folders have the same name

# RTL_BUILD: where what depends on the RTL goes, so that mutants share the objects of the C files.
RTL_BUILD     ?= $(BUILD)
VERILATOR_DIR := $(RTL_BUILD)/verilated
VERILATED     := $(VERILATOR_DIR)/Vmmu__ALL.a
RTL_OPT       ?= -O2
VERILATOR_INC  = $(shell verilator --getenv VERILATOR_ROOT 2>/dev/null)/include
# Under a name of its own, since `make -n` runs every line that says MAKE.
MAKE_VERILATED = $(MAKE)
VFLAGS := --cc --top-module mmu --prefix Vmmu --trace-fst --trace-structs \
          --x-assign unique --x-initial unique -O3 --Mdir $(VERILATOR_DIR)

$(VERILATED): $(RTL) rtl/configs/$(CONFIG).vf rtl/lint.vlt rtl/public.vlt | need-rtl
	@mkdir -p $(VERILATOR_DIR)
	@echo "  RTL    $(RTL_DIR) ($(CONFIG))"
	$(Q)verilator $(VFLAGS) -f rtl/configs/$(CONFIG).vf rtl/lint.vlt rtl/public.vlt $(RTL)
	$(Q)$(MAKE_VERILATED) --no-print-directory -s -C $(VERILATOR_DIR) -f Vmmu.mk OPT_FAST="$(RTL_OPT)" \
	  OPT_SLOW="-O1" VM_PARALLEL_BUILDS=0 Vmmu__ALL.a >$(VERILATOR_DIR)/build.log 2>&1 || \
	  { cat $(VERILATOR_DIR)/build.log; exit 1; }

# Verilator's runtime has no target of its own. It is the same for every RTL, so it is built once.
RUNTIME := $(addprefix $(BUILD)/verilator-runtime/,verilated.o verilated_fst_c.o verilated_threads.o)
$(BUILD)/verilator-runtime/%.o: | need-rtl
	@mkdir -p $(@D)
	@echo "  CXX    $*.cpp"
	$(Q)$(CXX) -std=c++17 -Os -DVM_TRACE=1 -DVM_TRACE_FST=1 -faligned-new \
	  -I$(VERILATOR_INC) -I$(VERILATOR_INC)/vltstd -c -o $@ $(VERILATOR_INC)/$*.cpp

$(RTL_BUILD)/obj/tb/shim.o: tb/shim.cpp $(VERILATED)
	@mkdir -p $(@D)
	@echo "  CXX    $<"
	$(Q)$(CXX) -std=c++17 $(RTL_OPT) -g -Wall -Wextra $(SANITIZE) $(ALL_CPPFLAGS) \
	  -DTW_BUILT_CONFIG='"$(CONFIG)"' -I$(VERILATOR_DIR) -isystem $(VERILATOR_INC) -isystem $(VERILATOR_INC)/vltstd -MMD -MP -c -o $@ $<

$(RTL_BUILD)/libtablewalk-rtl.a: $(RTL_BUILD)/obj/tb/shim.o $(VERILATED) $(RUNTIME)
	@echo "  AR     $@"
	@rm -rf $@ $(RTL_BUILD)/rtl-objects && mkdir -p $(RTL_BUILD)/rtl-objects
	$(Q)cd $(RTL_BUILD)/rtl-objects && ar x $(abspath $(VERILATED))
	$(Q)ar rcs $@ $(RTL_BUILD)/obj/tb/shim.o $(RTL_BUILD)/rtl-objects/*.o $(RUNTIME)

# Where speed counts, the model is compiled again to be optimised as a whole, a sixth faster; the library
# stays without it, as such objects are for one version of one compiler. WHOLE= turns it off.
WHOLE         ?= -flto
MODEL_SOURCES := $(filter model/%,$(LIB_SOURCES))
WHOLE_OBJECTS := $(MODEL_SOURCES:%.c=$(BUILD)/obj/whole/%.o)
$(BUILD)/obj/whole/%.o: %.c | need-c
	@mkdir -p $(@D)
	@echo "  CC     $< (whole)"
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(WHOLE) -c -o $@ $<

RTL_LIBS := $(RTL_BUILD)/libtablewalk-rtl.a $(BUILD)/libtablewalk.a

$(BUILD)/tablewalk: $(PROGRAM_OBJECTS) $(WHOLE_OBJECTS) $(RTL_LIBS)
	@echo "  LINK   $@"
	$(Q)$(CC) $(CFLAGS) $(WHOLE) $(SANITIZE) -o $@ $(PROGRAM_OBJECTS) $(WHOLE_OBJECTS) $(RTL_LIBS) \
	  $(LIBS) -lstdc++

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(SUPPORT_OBJECTS) $(RTL_LIBS)
	@mkdir -p $(@D)
	@echo "  LINK   $@"
	$(Q)$(CC) $(SANITIZE) -o $@ $< $(SUPPORT_OBJECTS) $(RTL_LIBS) -lcmocka $(LIBS) -lstdc++

# The examples of the pages: the C library and nothing else.
$(BUILD)/examples/%: $(BUILD)/obj/tests/examples/%.o $(BUILD)/libtablewalk.a
	@mkdir -p $(@D)
	@echo "  LINK   $@"
	$(Q)$(CC) $(SANITIZE) -o $@ $^

# Random traffic from the command line: it repeats what a random test found, and judges mutants.
random: $(RTL_BUILD)/random ## the program build/random: random traffic with every monitor, --help tells
$(RTL_BUILD)/random: $(BUILD)/obj/tests/regress/random.o $(BUILD)/obj/tests/support/random_run.o $(RTL_LIBS)
	@echo "  LINK   $@"
	$(Q)$(CC) $(SANITIZE) -o $@ $^ $(LIBS) -lstdc++

# Everything at random on the OS, from the command line; it repeats what the test of it found.
$(RTL_BUILD)/soak: $(BUILD)/obj/tests/regress/soak.o $(BUILD)/obj/tests/support/counted_records.o \
  $(filter $(BUILD)/obj/tests/support/soak_%,$(SUPPORT_OBJECTS)) $(WHOLE_OBJECTS) $(RTL_LIBS)
	@echo "  LINK   $@"
	$(Q)$(CC) $(CFLAGS) $(WHOLE) $(SANITIZE) -o $@ $^ $(LIBS) -lstdc++

soak: need-test ## 5,000,000 accesses of 8 processes on the cycle model, 300,000 of them in lockstep
	@$(MAKE) --no-print-directory $(RTL_BUILD)/soak
	$(RTL_BUILD)/soak --engine model --seed $(SEED) --accesses 5000000
	$(RTL_BUILD)/soak --engine lockstep --seed $(SEED) --accesses 300000

## ---- what this machine needs -------------------------------------------------------------------

deps: ## install what is missing (Debian, Ubuntu: apt; elsewhere: lists it)
	.ci/deps c rtl test lint waves plot
need-c:
	@.ci/deps c
need-rtl: need-c
	@.ci/deps rtl
need-test: need-rtl
	@.ci/deps test
need-lint:
	@.ci/deps lint
need-pictures:
	@.ci/deps pictures
need-waves:
	@.ci/deps waves

## ---- the main job --------------------------------------------------------------------------------

run: program ## two real programs, too little memory for both, RTL and model in lockstep
	@mkdir -p build
	$(BUILD)/tablewalk run --engine lockstep --config $(CONFIG) --seed $(SEED) \
	  --wave build/run.fst --json build/run.json

## ---- tests -----------------------------------------------------------------------------------------

test: need-test ## every test; ends with `N passed, N failed`
	@$(MAKE) --no-print-directory $(BUILD)/tablewalk $(BUILD)/random $(EXAMPLES) $(TESTS)
	@BUILD=$(BUILD) CONFIG=$(CONFIG) SAN=$(SAN) tests/run $(BUILD)/results $(TESTS)

# CI runs the same test with fewer requests.
regress: need-test ## random requests in lockstep, with every monitor, half a million in each mode; fuzz
	@$(MAKE) --no-print-directory $(BUILD)/random $(BUILD)/tests/regress/test_random \
	  $(BUILD)/tests/regress/test_fuzz
	BUILD=$(BUILD) TW_REQUESTS=200000 $(BUILD)/tests/regress/test_random
	TW_REQUESTS=200000 $(BUILD)/tests/regress/test_fuzz

bench: $(BUILD)/bench/bench ## cycles of every kind of answer, and cycles a second of every engine
	$(BUILD)/bench/bench $(BUILD)/bench

BENCH_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/bench/*.c))
$(BUILD)/bench/bench: $(BENCH_OBJECTS) $(SUPPORT_OBJECTS) $(WHOLE_OBJECTS) $(RTL_LIBS) | need-test
	@mkdir -p $(@D)
	@echo "  LINK   $@"
	$(Q)$(CC) $(CFLAGS) $(WHOLE) $(SANITIZE) -o $@ $(BENCH_OBJECTS) $(SUPPORT_OBJECTS) $(WHOLE_OBJECTS) \
	  $(RTL_LIBS) -lcmocka $(LIBS) -lstdc++

## ---- lint ------------------------------------------------------------------------------------------

CONFIGS   := small default large prefetch
C_SOURCES  = $(shell find include model tb tests -name '*.[ch]' | sort)
C_UNITS    = $(filter %.c,$(C_SOURCES))
# The lines a tool may print though the design is right; anything else fails.
ICARUS_NOISE := sorry: constant selects in always_\* processes are not currently supported

lint: lint-rtl lint-synth lint-c ## verilator -Wall, Icarus and Yosys on the RTL; clang-format and clang-tidy on the C

lint-rtl: need-lint
	@for config in $(CONFIGS); do \
	  echo "verilator --lint-only -Wall ($$config)"; \
	  verilator --lint-only -Wall --top-module mmu -f rtl/configs/$$config.vf rtl/lint.vlt $(RTL) || exit 1; \
	done
	@echo "iverilog -Wall"
	@mkdir -p $(BUILD)
	@iverilog -g2012 -Wall -t null -s mmu $(RTL) 2>&1 | grep -v '$(ICARUS_NOISE)' >$(BUILD)/icarus.txt; \
	  if [ -s $(BUILD)/icarus.txt ]; then cat $(BUILD)/icarus.txt; exit 1; fi

# Yosys reads a misspelt name as a new wire and a bad index as x: those warnings are errors here.
# That an array with many ports becomes flip-flops is what the design wants, and no warning to us.
YOSYS_NOISE := Replacing memory .* with list of registers
YOSYS := yosys -q -e 'implicitly declared|out of bounds'
lint-synth: need-lint
	@mkdir -p $(BUILD)
	@for config in $(CONFIGS); do \
	  echo "yosys synth ($$config)"; \
	  chparam=$$(sed -n 's/^-G\([A-Z0-9_]*\)=\(.*\)/-chparam \1 \2/p' rtl/configs/$$config.vf | tr '\n' ' '); \
	  $(YOSYS) -p "read_verilog -sv $(RTL); hierarchy -check -top mmu $$chparam; proc; check -assert; \
	    synth -top mmu -run begin:fine -flatten; check -assert; tee -o $(BUILD)/synth-$$config.txt stat" \
	    >$(BUILD)/yosys.txt 2>&1 || { cat $(BUILD)/yosys.txt; exit 1; }; \
	  if grep Warning $(BUILD)/yosys.txt | grep -v '$(YOSYS_NOISE)'; then exit 1; fi; \
	  grep -E 'Number of cells' $(BUILD)/synth-$$config.txt; \
	done

lint-c: need-lint
	@echo "clang-format"; clang-format --dry-run -Werror $(C_SOURCES)
	@echo "clang-tidy"; mkdir -p $(BUILD); \
	printf '%s\n' $(C_UNITS) | xargs -P 2 -n 6 sh -c 'clang-tidy --quiet "$$@" -- \
	  -std=c11 -D_GNU_SOURCE $(ALL_CPPFLAGS) 2>/dev/null' lint >$(BUILD)/clang-tidy.txt || \
	  { cat $(BUILD)/clang-tidy.txt; exit 1; }

## ---- replay ----------------------------------------------------------------------------------------

$(BUILD)/replay/record: $(BUILD)/obj/tests/replay/record.o $(RTL_LIBS)
	@mkdir -p $(@D)
	@echo "  LINK   $@"
	$(Q)$(CC) $(SANITIZE) -o $@ $< $(RTL_LIBS) $(LIBS) -lstdc++

$(BUILD)/replay/testbench: $(BUILD)/obj/tests/replay/testbench.o
	@mkdir -p $(@D)
	@echo "  LINK   $@"
	$(Q)$(CC) $(SANITIZE) -o $@ $<

replay: need-lint $(BUILD)/replay/record $(BUILD)/replay/testbench ## a recorded run again under Icarus: RTL, and Yosys' netlists
	@[ $(CONFIG) = default ] || { echo "replay: the netlists are made of the default configuration" >&2; exit 2; }
	tests/replay/run $(BUILD) $(SEED) $(RTL)

## ---- synthesis -------------------------------------------------------------------------------------

synth: need-rtl need-lint ## what synthesis makes of each configuration: cells, flip-flops, depth, longest paths
	tests/synth/run $(BUILD) "$(CONFIGS)" $(RTL)

## ---- waves -----------------------------------------------------------------------------------------

# VIEW: mmu, or radix, segments, hashed or faults: what waves/VIEW.gtkw shows of it.
VIEW ?= mmu
VIEW_FROM := $(if $(filter faults,$(VIEW)),first_fault,first_walk)
waves: build/run.fst need-waves ## open GTKWave on the last run; VIEW=mmu|radix|segments|hashed|faults
	@[ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || \
	  { echo "waves: there is no display; make wave-png makes a picture without one" >&2; exit 1; }
	waves/view build/run.fst build/run.json build/run.gtkw 4 $(VIEW_FROM) $(VIEW)
	gtkwave --rcvar 'lz_removal on' --save build/run.gtkw

wave-png: program need-waves ## build/wave.png: a picture of a walk, made without a screen
	waves/pictures $(BUILD)/tablewalk build wave

build/run.fst:
	$(MAKE) run

pictures: program need-pictures need-waves ## docs/floorplan.svg from docs/floorplan.dot, docs/wave*.png from short runs
	dot -Tsvg docs/floorplan.dot -o docs/floorplan.svg
	waves/pictures $(BUILD)/tablewalk docs

docs: program ## the reference pages that come from the headers
	$(BUILD)/tablewalk reference pins >docs/pins.md
	$(BUILD)/tablewalk reference registers >docs/registers.md

check-generated: docs ## fails if a generated page is not what the headers say
	git diff --exit-code -- docs/pins.md docs/registers.md

clean: ## remove build/
	rm -rf build

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
