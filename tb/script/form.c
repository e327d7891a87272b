/* form.c: taking a form apart. Forms are the program's own, so what is wrong in one is a
 * bug. */
#include "tb/script/form.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

static const struct {
    const char *name;
    script_class class;
} CLASS[] = {{"PROCESS", SCRIPT_PROCESS},  {"NAME", SCRIPT_NEW_PROCESS},
             {"FILE", SCRIPT_FILE},        {"FILENAME", SCRIPT_NEW_FILE},
             {"PROGRAM", SCRIPT_PROGRAM},  {"PROGRAMNAME", SCRIPT_NEW_PROGRAM},
             {"$NAME", SCRIPT_VARIABLE},   {"PERMISSIONS", SCRIPT_PERMISSIONS},
             {"TEXT", SCRIPT_TEXT},        {"PATH", SCRIPT_TEXT},
             {"VALUE", SCRIPT_VALUE},      {"OTHER", SCRIPT_VALUE},
             {"IS", SCRIPT_OPERATOR},      {"EVENT", SCRIPT_EVENT},
             {"EVENTS...", SCRIPT_EVENTS}, {"STAGES...", SCRIPT_STAGES},
             {"BITS...", SCRIPT_BITS},     {"WORDS...", SCRIPT_WORDS},
             {"REASON", SCRIPT_REASON},    {"STATEMENT", SCRIPT_STATEMENT}};

static script_class class_of(const char *name)
{
    for (size_t i = 0; i < sizeof CLASS / sizeof *CLASS; i++)
        if (strcmp(name, CLASS[i].name) == 0)
            return CLASS[i].class;
    return islower((unsigned char)name[0]) ? SCRIPT_CHOICE : SCRIPT_NUMBER;
}

/* A word of a name: small letters and dashes. */
static size_t plain(const char *word)
{
    size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyz-");
    return word[length] == ' ' || word[length] == '\0' ? length : 0;
}

size_t script_form_name(const char *form)
{
    size_t first = strchr(form, ' ') != NULL ? plain(form) : strlen(form);
    if (form[first] == '\0')
        return first;
    size_t second = plain(form + first + 1);
    return second == 0 ? first : first + 1 + second;
}

static void copy(char *to, size_t room, const char *from, size_t length)
{
    assert(length < room);
    memcpy(to, from, length);
    to[length] = '\0';
}

/* Reads one item, or the word in front of one (false). */
static bool read_item(script_item *item, const char *word, size_t length)
{
    const char *equals = memchr(word, '=', length);
    if (!isalpha((unsigned char)word[0]) && word[0] != '$') {
        copy(item->lead, sizeof item->lead, word, length);
        return false;
    }
    item->key = equals != NULL;
    char class[SCRIPT_CHOICES_MAX];
    const char *from = equals != NULL ? equals + 1 : word;
    copy(class, sizeof class, from, length - (size_t)(from - word));
    item->class = class_of(class);
    item->choices = from;
    size_t name = equals != NULL                 ? (size_t)(equals - word)
                  : item->class == SCRIPT_CHOICE ? strcspn(word, "| ]")
                                                 : length;
    copy(item->name, sizeof item->name, word, name);
    return true;
}

unsigned script_form_items(const char *form, script_item item[SCRIPT_ITEMS_MAX])
{
    unsigned count = 0;
    bool optional = false;
    form += script_form_name(form);
    memset(item, 0, SCRIPT_ITEMS_MAX * sizeof *item);
    for (form += strspn(form, " "); *form != '\0'; form += strspn(form, " ")) {
        optional |= *form == '[';
        form += *form == '[';
        size_t length = strcspn(form, " ]");
        assert(count < SCRIPT_ITEMS_MAX);
        item[count].optional = optional;
        count += read_item(&item[count], form, length);
        form += length;
        optional &= *form != ']';
        form += *form == ']';
    }
    return count;
}

int script_choice(const char *choices, const char *word)
{
    size_t length = strlen(word);
    for (int i = 0;; i++) {
        size_t one = strcspn(choices, "| ]");
        if (one == length && memcmp(choices, word, length) == 0)
            return i;
        if (choices[one] != '|')
            return -1;
        choices += one + 1;
    }
}
