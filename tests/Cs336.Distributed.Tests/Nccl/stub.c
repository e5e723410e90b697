/* Stands in for NCCL and the CUDA runtime in tests: it writes down each call with its arguments, and does for one rank what they do.
   A device's memory is main memory here. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { char bytes[128]; } Id;

static const size_t sizes[] = { 1, 1, 4, 4, 8, 8, 2, 4, 8, 2 };

static void note(const char *text) {
  FILE *file = fopen(getenv("CS336_STUB_CALLS"), "a");
  fprintf(file, "%s\n", text);
  fclose(file);
}

static int copy(const char *name, const void *from, void *to, size_t count, int type, int other, void *communicator, void *stream) {
  char text[200];
  snprintf(text, sizeof text, "%s count %zu type %d with %d communicator %p stream %p", name, count, type, other, communicator, stream);
  note(text);
  memmove(to, from, count * sizes[type]);
  return 0;
}

int ncclGetVersion(int *version) { *version = 22103; return 0; }
const char *ncclGetErrorString(int result) { return result == 5 ? "invalid usage" : "unknown"; }
int ncclGetUniqueId(Id *id) { for (int i = 0; i < 128; i++) id->bytes[i] = (char)(i + 1); note("ncclGetUniqueId"); return 0; }

int ncclCommInitRank(void **communicator, int size, Id id, int rank) {
  char text[100];
  int isId = 1;
  for (int i = 0; i < 128; i++) isId &= id.bytes[i] == (char)(i + 1);
  snprintf(text, sizeof text, "ncclCommInitRank size %d rank %d id %s", size, rank, isId ? "as it was made" : "of another");
  note(text);
  *communicator = (void *)0x336;
  return getenv("CS336_STUB_FAILS") ? 5 : 0;
}

int ncclAllReduce(const void *from, void *to, size_t count, int type, int op, void *communicator, void *stream) {
  return copy("ncclAllReduce", from, to, count, type, op, communicator, stream);
}
int ncclAllGather(const void *from, void *to, size_t count, int type, void *communicator, void *stream) {
  return copy("ncclAllGather", from, to, count, type, 0, communicator, stream);
}
int ncclReduceScatter(const void *from, void *to, size_t count, int type, int op, void *communicator, void *stream) {
  return copy("ncclReduceScatter", from, to, count, type, op, communicator, stream);
}
int ncclBroadcast(const void *from, void *to, size_t count, int type, int root, void *communicator, void *stream) {
  return copy("ncclBroadcast", from, to, count, type, root, communicator, stream);
}
int ncclCommGetAsyncError(void *communicator, int *error) { *error = 0; return 0; }
int ncclCommDestroy(void *communicator) { note("ncclCommDestroy"); return 0; }
int ncclCommAbort(void *communicator) { note("ncclCommAbort"); return 0; }

int cudaMalloc(void **memory, size_t bytes) { *memory = malloc(bytes); return 0; }
int cudaFree(void *memory) { free(memory); return 0; }
int cudaMemcpy(void *to, const void *from, size_t bytes, int kind) { memmove(to, from, bytes); return kind == 1 || kind == 2 ? 0 : 21; }
int cudaStreamQuery(void *stream) { static int asked; return ++asked % 3 ? 600 : 0; }
