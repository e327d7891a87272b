/*
 * testbench.c: prints the SystemVerilog testbench of the replay. The pins come from pins.h, so they
 * stand written once.
 *
 * The testbench reads a pin trace (+trace=FILE), resets the MMU, drives each cycle's inputs, and
 * compares every output bit with !==, so that an X is a difference. It ends with `N cycles
 * replayed, N differences` and exit status 0 only if all are equal and there were at least
 * +cycles=N of them.
 */
#include <stdio.h>

#include "tablewalk/pins.h"

static void print_declarations(void)
{
#define DECLARE_IN(type, name, bits, sentence) printf("  logic [%d:0] %s;\n", bits - 1, #name);
#define DECLARE_OUT(type, name, bits, sentence) \
    printf("  logic [%d:0] %s, want_%s;\n", bits - 1, #name, #name);
    TW_INPUTS(DECLARE_IN)
    TW_OUTPUTS(DECLARE_OUT)
}

static void print_instance(void)
{
    printf("  mmu dut (\n    .clk(clk)");
#define CONNECT(type, name, bits, sentence) printf(",\n    .%s(%s)", #name, #name);
    TW_INPUTS(CONNECT)
    TW_OUTPUTS(CONNECT)
    printf("\n  );\n");
}

/* One call for each pin: an argument list of a hundred is more than Icarus has been tried with. */
static void print_read_cycle(void)
{
    printf("  task read_cycle;\n    begin\n      got = 1;\n");
#define READ_IN(type, name, bits, sentence) \
    printf("      if (got == 1) got = $fscanf(file, \"%%h\", %s);\n", #name);
#define READ_OUT(type, name, bits, sentence) \
    printf("      if (got == 1) got = $fscanf(file, \"%%h\", want_%s);\n", #name);
    TW_INPUTS(READ_IN)
    TW_OUTPUTS(READ_OUT)
    printf("    end\n  endtask\n");
}

static void print_compare(void)
{
    printf("  task compare;\n    begin\n");
#define COMPARE(type, name, bits, sentence)                                                     \
    printf("      if (%s !== want_%s) differs(\"%s\", 64'(%s), 64'(want_%s));\n", #name, #name, \
           #name, #name, #name);
    TW_OUTPUTS(COMPARE)
    printf("    end\n  endtask\n");
}

static const char HEAD[] =
    "// Generated from include/tablewalk/pins.h by tests/replay/testbench.c.\n"
    "`timescale 1ns/1ns\n"
    "module testbench;\n"
    "  logic clk;\n"
    "  integer file, got, cycles, wanted, differences;\n"
    "  reg [8*1024-1:0] path, names;\n";

static const char DIFFERS[] =
    "  task differs(input [8*32-1:0] pin, input [63:0] is, input [63:0] want);\n"
    "    begin\n"
    "      differences = differences + 1;\n"
    "      if (differences <= 10)\n"
    "        $display(\"cycle %0d: %0s is %b, recorded %b\", cycles, pin, is, want);\n"
    "    end\n"
    "  endtask\n";

static const char BODY[] =
    "  initial begin\n"
    "    if (!$value$plusargs(\"trace=%s\", path) || !$value$plusargs(\"cycles=%d\", wanted)) "
    "begin\n"
    "      $display(\"usage: vvp testbench +trace=FILE +cycles=N\");\n"
    "      $finish_and_return(2);\n"
    "    end\n"
    "    file = $fopen(path, \"r\");\n"
    "    if (file == 0) begin\n"
    "      $display(\"cannot read %0s\", path);\n"
    "      $finish_and_return(2);\n"
    "    end\n"
    "    cycles = 0;\n"
    "    differences = 0;\n"
    "    clk = 0;\n"
    "    rst_n = 0;\n"
    "    repeat (2) begin\n"
    "      #5 clk = 1;\n"
    "      #5 clk = 0;\n"
    "    end\n"
    "    got = $fgets(names, file);\n"
    "    read_cycle;\n"
    "    while (got == 1) begin\n"
    "      #4 compare;\n"
    "      #1 clk = 1;\n"
    "      #5 clk = 0;\n"
    "      cycles = cycles + 1;\n"
    "      read_cycle;\n"
    "    end\n"
    "    $display(\"%0d cycles replayed, %0d differences\", cycles, differences);\n"
    "    $finish_and_return(differences != 0 || cycles < wanted);\n"
    "  end\n"
    "endmodule\n";

int main(void)
{
    fputs(HEAD, stdout);
    print_declarations();
    print_instance();
    fputs(DIFFERS, stdout);
    print_read_cycle();
    print_compare();
    fputs(BODY, stdout);
    return ferror(stdout) || fflush(stdout) != 0;
}
