#include <stdio.h>

#include "tablewalk/facade.h"

int main(void)
{
    enum { LEVELS = 2, POBITS = 6 }; /* tables of 8 entries: addresses of 12 bits */
    tw_teach *teach = tw_teach_open(LEVELS, POBITS, NULL);
    if (teach == NULL)
        return 1;
    printf("before: %s\n", tw_page_translate(teach, 0xabc) == (size_t)-1 ? "not mapped" : "?");
    if (tw_page_allocate(teach, 0xabc) != TW_OK)
        return 1;
    char *byte = (char *)tw_page_translate(teach, 0xabc); /* a physical address is a pointer here */
    *byte = 'x';
    printf("after: offset 0x%zx holds '%c'\n", (size_t)byte % 64, *byte);

    /* What the hardware would do, PTE by PTE. */
    tw_tree tree = tw_teach_tree(teach);
    tw_bus bus = tw_teach_bus();
    tw_request request = {.va = 0xabc, .op = OP_LOAD, .priv = PRIV_U};
    tw_translation walk;
    tw_tree_translate(&tree, &request, &bus, &walk);
    tw_tree_print(&tree, &request, &walk, stdout);
    tw_teach_close(teach);
    return 0;
}
