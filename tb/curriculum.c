/*
 * curriculum.c: lines of the page, cut in place: every text of a row or section points into a copy
 * of its line, which the page owns.
 */
#include "tb/curriculum.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tb/text.h"

enum { LINES_MAX = 1000, CELLS = 4 };

static const char NAME[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
static const char TEST[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
static const char FILE_NAME[] = "abcdefghijklmnopqrstuvwxyz0123456789_/";

struct curriculum {
    char *line[LINES_MAX]; /* of rows and sections */
    size_t lines;
    curriculum_row row[LINES_MAX];
    curriculum_section section[LINES_MAX];
    size_t rows, sections;
    bool inside; /* a table of rows; others are for readers alone */
};

/* ---- a cell of checks ------------------------------------------------------------------------ */

/* Cuts what stands in back quotes at *at, and moves *at behind it; NULL if nothing does. */
static char *take_quoted(char **at)
{
    char *begin = *at, *end;
    if (*begin != '`' || (end = strchr(begin + 1, '`')) == NULL || end == begin + 1)
        return NULL;
    *end = '\0';
    *at = end + 1;
    return begin + 1;
}

static bool take_word(char **at, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

static bool made_of(const char *text, const char *letters)
{
    return *text != '\0' && text[strspn(text, letters)] == '\0';
}

/* A test or a command: false if it is neither. */
static bool set_check(curriculum_check *check, char *text)
{
    if (take_word(&text, "tablewalk ")) {
        *check = (curriculum_check){.words = text};
        return *text != '\0';
    }
    char *end = strstr(text, ".c: ");
    if (end == NULL)
        return false;
    *end = '\0';
    *check = (curriculum_check){.test = text, .words = end + strlen(".c: ")};
    return made_of(text, FILE_NAME) && made_of(check->words, TEST);
}

/* Checks, separated by commas. */
static tw_status take_checks(curriculum_row *row, char *cell, text_place where, tw_error *error)
{
    for (;;) {
        if (row->checks == CURRICULUM_CHECKS_MAX)
            return text_fail(where, error, "row '%s' is shown by more than %d tests and commands",
                             row->name, CURRICULUM_CHECKS_MAX);
        curriculum_check *check = &row->check[row->checks++];
        char *text = take_quoted(&cell);
        if (text == NULL || !set_check(check, text))
            return text_fail(where, error,
                             "row '%s': expected `FILE.c: NAME_OF_A_TEST` or `tablewalk ...` "
                             "at number %u of what it is shown by",
                             row->name, row->checks);
        if (check->test == NULL && take_word(&cell, " says ") &&
            (check->says = take_quoted(&cell)) == NULL)
            return text_fail(where, error, "row '%s': expected `WORDS` after says", row->name);
        if (*cell == '\0')
            return TW_OK;
        if (!take_word(&cell, ", "))
            return text_fail(where, error, "row '%s': expected a comma before '%s'", row->name,
                             cell);
    }
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* "| a | b | c | d |": false if there are more cells, or fewer. */
static bool cut_cells(char *line, char *cell[CELLS])
{
    char *at = line + 1;
    for (unsigned i = 0; i < CELLS; i++) {
        char *end = strchr(at, '|');
        if (end == NULL || *at != ' ' || end < at + 2 || end[-1] != ' ')
            return false;
        cell[i] = at + 1;
        at = end + 1;
        end[-1] = '\0';
    }
    return *at == '\0';
}

static tw_status take_row(curriculum *page, char *line, text_place where, tw_error *error)
{
    char *cell[CELLS];
    if (page->sections == 0)
        return text_fail(where, error, "a row before the first section, '## 1.1 TITLE'");
    if (!cut_cells(line, cell))
        return text_fail(where, error, "expected '| row | of the lecture | number | shown by |'");
    if (!made_of(cell[0], NAME))
        return text_fail(where, error, "row '%s': a name is of a-z, 0-9 and '-'", cell[0]);
    for (size_t i = 0; i < page->rows; i++)
        if (strcmp(page->row[i].name, cell[0]) == 0)
            return text_fail(where, error, "row '%s' stands here twice", cell[0]);
    curriculum_row *row = &page->row[page->rows++];
    *row = (curriculum_row){.section = page->section[page->sections - 1].number,
                            .name = cell[0],
                            .item = cell[1],
                            .number = cell[2]};
    return take_checks(row, cell[3], where, error);
}

/* "## 1.5 Checkpointing (not yet)". */
static tw_status take_section(curriculum *page, char *line, text_place where, tw_error *error)
{
    curriculum_section *section = &page->section[page->sections];
    char *number = line + strlen("## "), *title = strchr(number, ' ');
    if (title == NULL || number[strspn(number, "0123456789.")] != ' ')
        return text_fail(where, error, "expected a section as '## 1.1 TITLE'");
    page->sections++;
    *title++ = '\0';
    *section = (curriculum_section){number, title, NULL};
    char *note = strstr(title, " ("), *end = note != NULL ? strchr(note, ')') : NULL;
    if (end != NULL && end[1] == '\0') {
        *note = *end = '\0';
        section->note = note + strlen(" (");
    }
    return TW_OK;
}

/* False for a line of a table of rows; keeps track of where those begin and end. */
static bool is_prose(curriculum *page, const char *line)
{
    bool head = strncmp(line, "| row |", 7) == 0;
    page->inside = line[0] == '|' && (page->inside || head);
    return !page->inside || head || strncmp(line, "|---", 4) == 0;
}

static tw_status take_line(curriculum *page, const char *line, text_place where, tw_error *error)
{
    bool section = strncmp(line, "## ", 3) == 0;
    if (is_prose(page, line) && !section)
        return TW_OK;
    if (page->lines == LINES_MAX)
        return text_fail(where, error, "more than %d rows and sections", LINES_MAX);
    char *copy = strdup(line);
    if (copy == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the rows of %s", where.file);
    page->line[page->lines++] = copy;
    return section ? take_section(page, copy, where, error) : take_row(page, copy, where, error);
}

static bool has_rows(const curriculum *page, const curriculum_section *section)
{
    for (size_t i = 0; i < page->rows; i++)
        if (page->row[i].section == section->number)
            return true;
    return false;
}

/* A section without rows says so, and the page has some. */
static tw_status check(const curriculum *page, const char *path, tw_error *error)
{
    for (size_t i = 0; i < page->sections; i++)
        if (page->section[i].note == NULL && !has_rows(page, &page->section[i]))
            return tw_fail(
                error, TW_USAGE,
                "%s: section %s has no row '| row | of the lecture | number | shown by |', "
                "and no note that it is '(not yet)' there",
                path, page->section[i].number);
    return page->rows > 0
               ? TW_OK
               : tw_fail(error, TW_USAGE,
                         "%s has no row '| row | of the lecture | number | shown by |'", path);
}

static tw_status take_all(curriculum *page, const char *path, tw_error *error)
{
    text_file *file = text_open(path, error);
    if (file == NULL)
        return error->status;
    const char *line = "";
    tw_status status = TW_OK;
    while (status == TW_OK && (status = text_next(file, &line, error)) == TW_OK && line != NULL)
        status = take_line(page, line, text_where(file), error);
    text_close(file);
    return status == TW_OK ? check(page, path, error) : status;
}

/* ---- the page -------------------------------------------------------------------------------- */

curriculum *curriculum_open(const char *path, tw_error *error)
{
    curriculum *page = calloc(1, sizeof *page);
    if (page == NULL) {
        tw_fail(error, TW_NO_MEMORY, "no memory for the rows of %s", path);
        return NULL;
    }
    if (take_all(page, path, error) == TW_OK)
        return page;
    curriculum_close(page);
    return NULL;
}

void curriculum_close(curriculum *page)
{
    if (page == NULL)
        return;
    for (size_t i = 0; i < page->lines; i++)
        free(page->line[i]);
    free(page);
}

size_t curriculum_rows(const curriculum *page)
{
    return page->rows;
}

const curriculum_row *curriculum_at(const curriculum *page, size_t index)
{
    return index < page->rows ? &page->row[index] : NULL;
}

const curriculum_section *curriculum_section_at(const curriculum *page, size_t index)
{
    return index < page->sections ? &page->section[index] : NULL;
}
