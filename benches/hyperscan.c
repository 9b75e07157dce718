/* Hyperscan beside netral: literals, caseless, block mode, one call per post. Built by run.sh where libhyperscan is
 * installed; a measuring tool, never a dependency.
 *
 * hyperscan FORMS TEXTS: FORMS has one literal a line; TEXTS is, for each post, its length (4 bytes, little endian) and
 * its bytes. Orders come on standard input, one a line, each is answered by one line:
 *   c  compile       -> CPU-seconds database-MiB resident-MiB-more highest-MiB
 *   m  match all     -> CPU-seconds posts-with-a-match matches
 *   q  quit
 */
#define _GNU_SOURCE
#include <hs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double status_mib(const char *field) {
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    double kib = 0;
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, field, strlen(field)) == 0) kib = strtod(line + strlen(field), NULL);
    if (file) fclose(file);
    return kib / 1024.0;
}

static char *whole(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(3); }
    fseek(file, 0, SEEK_END);
    *len = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*len + 1);
    if (!bytes || fread(bytes, 1, *len, file) != *len) { perror(path); exit(3); }
    fclose(file);
    bytes[*len] = 0;
    return bytes;
}

static int count(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context) {
    (void)id; (void)from; (void)to; (void)flags;
    ++*(size_t *)context;
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 3) { fprintf(stderr, "usage: hyperscan FORMS TEXTS\n"); return 2; }
    size_t forms_len, texts_len;
    char *forms = whole(argv[1], &forms_len), *texts = whole(argv[2], &texts_len);

    unsigned n = 0;
    for (size_t i = 0; i < forms_len; i++) n += forms[i] == '\n';
    const char **expressions = calloc(n, sizeof *expressions);
    size_t *lengths = calloc(n, sizeof *lengths);
    unsigned *flags = calloc(n, sizeof *flags), *ids = calloc(n, sizeof *ids);
    char *at = forms;
    for (unsigned i = 0; i < n; i++) {
        char *end = strchr(at, '\n');
        *end = 0;
        expressions[i] = at;
        lengths[i] = (size_t)(end - at);
        flags[i] = HS_FLAG_CASELESS;
        ids[i] = i;
        at = end + 1;
    }

    hs_database_t *db = NULL;
    hs_scratch_t *scratch = NULL;
    char order[16];
    while (fgets(order, sizeof order, stdin)) {
        if (order[0] == 'q') break;
        if (order[0] == 'c') {
            if (db) hs_free_database(db);
            double resident = status_mib("VmRSS:"), began = cpu_seconds();
            hs_compile_error_t *error = NULL;
            if (hs_compile_lit_multi(expressions, flags, ids, lengths, n, HS_MODE_BLOCK, NULL, &db, &error) != HS_SUCCESS) {
                fprintf(stderr, "hyperscan: %s\n", error ? error->message : "compilation failed");
                return 3;
            }
            double seconds = cpu_seconds() - began;
            size_t bytes = 0;
            hs_database_size(db, &bytes);
            if (hs_alloc_scratch(db, &scratch) != HS_SUCCESS) return 3;
            printf("%.9f %.3f %.3f %.3f\n", seconds, (double)bytes / 1048576.0, status_mib("VmRSS:") - resident,
                   status_mib("VmHWM:"));
        } else if (db) {
            size_t posts = 0, matches = 0;
            double began = cpu_seconds();
            for (size_t i = 0; i + 4 <= texts_len;) {
                uint32_t len;
                memcpy(&len, texts + i, 4);
                size_t before = matches;
                if (hs_scan(db, texts + i + 4, len, 0, scratch, count, &matches) != HS_SUCCESS) return 3;
                posts += matches > before;
                i += 4 + len;
            }
            printf("%.9f %zu %zu\n", cpu_seconds() - began, posts, matches);
        }
        fflush(stdout);
    }
    return 0;
}
