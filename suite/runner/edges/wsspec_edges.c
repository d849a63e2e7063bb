/* Counts the edges of a program's code in the file that WSSPEC_EDGES names, for `wsspec fuzz`. Compile this file without
   instrumentation, and link it to what was compiled with -fsanitize-coverage=trace-pc-guard (Clang, rustc) or
   -fsanitize-coverage=trace-pc (GCC). Without the variable, it does nothing. */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The format: docs/campaigns.md. */
enum { HEADER = 16, MOST = 1 << 20, BY_ADDRESS = 1 << 16 };
static const char magic[] = "wsspecE1";
static uint8_t nowhere[HEADER + MOST];
static uint8_t *map = nowhere;

static void attach(uint32_t edges) {
  const char *path = getenv("WSSPEC_EDGES");
  int file = path && map == nowhere ? open(path, O_RDWR | O_CREAT, 0600) : -1;
  off_t size = file < 0 ? -1 : lseek(file, 0, SEEK_END);
  uint32_t before;
  if (size == HEADER + MOST || (size == 0 && ftruncate(file, HEADER + MOST) == 0)) {
    uint8_t *shared = mmap(NULL, HEADER + MOST, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared != MAP_FAILED && (shared[0] == 0 || memcmp(shared, magic, 8) == 0)) map = shared;
  }
  if (file >= 0) close(file);
  if (path && map == nowhere) fprintf(stderr, "wsspec_edges: `%s` is not a map of edges of this version\n", path);
  memcpy(&before, map + 8, sizeof before);
  if (before < edges) memcpy(map + 8, &edges, sizeof edges);
  memcpy(map, magic, 8);
}

/* Clang and rustc: each edge has a guard, which gets the edge's number, from 1; called for each library that is loaded. */
void __sanitizer_cov_trace_pc_guard_init(uint32_t *guard, uint32_t *end) {
  static uint32_t edges;
  if (guard == end || *guard) return;
  for (; guard < end && edges < MOST; guard++) *guard = ++edges;
  attach(edges);
}

void __sanitizer_cov_trace_pc_guard(uint32_t *guard) { map[HEADER - 1 + *guard]++; }

/* GCC: an edge is known by its address alone; a few share a counter. */
extern const char __executable_start;

void __sanitizer_cov_trace_pc(void) {
  uintptr_t offset = (uintptr_t)__builtin_return_address(0) - (uintptr_t)&__executable_start;
  if (map == nowhere && map[0] == 0) attach(BY_ADDRESS);
  map[HEADER + (offset ^ offset >> 16) % BY_ADDRESS]++;
}
