/* LocalAlloc, GlobalAlloc, HeapAlloc and VirtualAlloc. Memory that is "moveable"
 * stays where it is, and its handle is its address. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <pthread.h>

/* The size that was asked for is kept in front of the memory: malloc knows only
 * what it gave. */
struct block {
    size_t size;
    size_t unused; /* keeps what follows aligned to 16 */
};

static void *allocate(size_t size, bool zero)
{
    struct block *b = NULL;
    if (size <= PTRDIFF_MAX - sizeof *b)
        b = zero ? calloc(1, size + sizeof *b) : malloc(size + sizeof *b);
    if (b == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    b->size = size;
    return b + 1;
}

static void *reallocate(void *memory, size_t size, bool zero)
{
    struct block *b = (struct block *)memory - 1;
    size_t before = b->size;
    if (size > PTRDIFF_MAX - sizeof *b || (b = realloc(b, size + sizeof *b)) == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    b->size = size;
    if (zero && size > before)
        memset((char *)(b + 1) + before, 0, size - before);
    return b + 1;
}

static void release(void *memory)
{
    if (memory)
        free((struct block *)memory - 1);
}

static size_t size_of(const void *memory) { return ((const struct block *)memory)[-1].size; }

HLOCAL WINAPI LocalAlloc(UINT flags, SIZE_T size) { return allocate(size, flags & LMEM_ZEROINIT); }
HLOCAL WINAPI LocalReAlloc(HLOCAL memory, SIZE_T size, UINT flags)
{
    if (memory == NULL) {
        SetLastError(ERROR_INVALID_HANDLE);
        return NULL;
    }
    return reallocate(memory, size, flags & LMEM_ZEROINIT);
}
HLOCAL WINAPI LocalFree(HLOCAL memory)
{
    release(memory);
    return NULL;
}
SIZE_T WINAPI LocalSize(HLOCAL memory)
{
    if (memory == NULL) {
        SetLastError(ERROR_INVALID_HANDLE);
        return 0;
    }
    return size_of(memory);
}
LPVOID WINAPI LocalLock(HLOCAL memory) { return memory; }

/* The lock count is zero after it, which Win32 tells by FALSE and NO_ERROR. */
BOOL WINAPI LocalUnlock(HLOCAL memory)
{
    (void)memory;
    SetLastError(NO_ERROR);
    return FALSE;
}

HGLOBAL WINAPI GlobalAlloc(UINT flags, SIZE_T size) { return LocalAlloc(flags, size); }
HGLOBAL WINAPI GlobalReAlloc(HGLOBAL memory, SIZE_T size, UINT flags) { return LocalReAlloc(memory, size, flags); }
HGLOBAL WINAPI GlobalFree(HGLOBAL memory) { return LocalFree(memory); }
SIZE_T WINAPI GlobalSize(HGLOBAL memory) { return LocalSize(memory); }
LPVOID WINAPI GlobalLock(HGLOBAL memory) { return memory; }
BOOL WINAPI GlobalUnlock(HGLOBAL memory) { return LocalUnlock(memory); }

/* A heap that was created frees what is left in it when it is destroyed: its
 * blocks are in a ring. The process's heap has no ring. */
struct heap {
    pthread_mutex_t lock;
    struct item *first;
};

struct item {
    struct item *next, *previous;
    struct heap *heap;
    size_t size;
};

static struct heap process_heap = {PTHREAD_MUTEX_INITIALIZER, NULL};

HANDLE WINAPI GetProcessHeap(void) { return &process_heap; }

HANDLE WINAPI HeapCreate(DWORD flags, SIZE_T initial, SIZE_T maximum)
{
    (void)flags, (void)initial, (void)maximum;
    struct heap *h = calloc(1, sizeof *h);
    if (h == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    pthread_mutex_init(&h->lock, NULL);
    return h;
}

BOOL WINAPI HeapDestroy(HANDLE heap)
{
    struct heap *h = heap;
    if (h == NULL || h == &process_heap) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    while (h->first) {
        struct item *i = h->first;
        h->first = i->next;
        free(i);
    }
    pthread_mutex_destroy(&h->lock);
    free(h);
    return TRUE;
}

static void enter(struct heap *h, struct item *i)
{
    i->heap = h;
    if (h == &process_heap)
        return;
    pthread_mutex_lock(&h->lock);
    i->previous = NULL;
    i->next = h->first;
    if (h->first)
        h->first->previous = i;
    h->first = i;
    pthread_mutex_unlock(&h->lock);
}

static void leave(struct item *i)
{
    struct heap *h = i->heap;
    if (h == &process_heap)
        return;
    pthread_mutex_lock(&h->lock);
    if (i->previous)
        i->previous->next = i->next;
    else
        h->first = i->next;
    if (i->next)
        i->next->previous = i->previous;
    pthread_mutex_unlock(&h->lock);
}

/* HeapAlloc does not set the last error, as Microsoft's page says. */
LPVOID WINAPI HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    struct item *i;
    if (heap == NULL || size > PTRDIFF_MAX - sizeof *i)
        return NULL;
    i = flags & HEAP_ZERO_MEMORY ? calloc(1, size + sizeof *i) : malloc(size + sizeof *i);
    if (i == NULL)
        return NULL;
    i->size = size;
    enter(heap, i);
    return i + 1;
}

LPVOID WINAPI HeapReAlloc(HANDLE heap, DWORD flags, LPVOID memory, SIZE_T size)
{
    if (heap == NULL || memory == NULL)
        return NULL;
    struct item *i = (struct item *)memory - 1;
    if (flags & HEAP_REALLOC_IN_PLACE_ONLY) {
        if (size > i->size)
            return NULL;
        i->size = size;
        return memory;
    }
    void *new = HeapAlloc(heap, flags, size);
    if (new == NULL)
        return NULL;
    memcpy(new, memory, size < i->size ? size : i->size);
    HeapFree(heap, 0, memory);
    return new;
}

BOOL WINAPI HeapFree(HANDLE heap, DWORD flags, LPVOID memory)
{
    (void)flags;
    if (memory == NULL)
        return TRUE;
    struct item *i = (struct item *)memory - 1;
    if (i->heap != heap) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    leave(i);
    free(i);
    return TRUE;
}

SIZE_T WINAPI HeapSize(HANDLE heap, DWORD flags, LPCVOID memory)
{
    (void)heap, (void)flags;
    return memory ? ((const struct item *)memory)[-1].size : (SIZE_T)-1;
}

static int protection_of(DWORD protection)
{
    switch (protection & 0xff) {
    case PAGE_NOACCESS: return PROT_NONE;
    case PAGE_READONLY: return PROT_READ;
    case PAGE_READWRITE: return PROT_READ | PROT_WRITE;
    case PAGE_EXECUTE: return PROT_EXEC;
    case PAGE_EXECUTE_READ: return PROT_READ | PROT_EXEC;
    case PAGE_EXECUTE_READWRITE: return PROT_READ | PROT_WRITE | PROT_EXEC;
    default: return -1;
    }
}

/* What VirtualAlloc reserved: MEM_RELEASE gives a region back whole, and does not
 * say how large it is. */
struct region {
    struct region *next;
    char *base;
    size_t size;
};

static pthread_mutex_t regions_lock = PTHREAD_MUTEX_INITIALIZER;
static struct region *regions;

static size_t whole_pages(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (size + page - 1) / page * page;
}

static LPVOID refuse(DWORD code)
{
    SetLastError(code);
    return NULL;
}

/* What is only reserved cannot be touched; what is committed can, as in Win32. */
LPVOID WINAPI VirtualAlloc(LPVOID address, SIZE_T size, DWORD type, DWORD protection)
{
    int p = protection_of(protection);
    if (size == 0 || size > PTRDIFF_MAX || p < 0 || (type & ~(DWORD)(MEM_COMMIT | MEM_RESERVE | MEM_TOP_DOWN)) || !(type & (MEM_COMMIT | MEM_RESERVE)))
        return refuse(ERROR_INVALID_PARAMETER);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (address != NULL && !(type & MEM_RESERVE)) {
        char *from = (char *)((uintptr_t)address / page * page);
        size_t length = whole_pages((size_t)((char *)address - from) + size);
        bool known = false;
        pthread_mutex_lock(&regions_lock);
        for (struct region *r = regions; r && !known; r = r->next)
            known = from >= r->base && from + length <= r->base + r->size;
        int failed = known ? mprotect(from, length, p) : 0;
        pthread_mutex_unlock(&regions_lock);
        if (!known)
            return refuse(ERROR_INVALID_ADDRESS);
        return failed ? refuse(createprocess_from_errno(errno)) : from;
    }
    struct region *r = malloc(sizeof *r);
    if (r == NULL)
        return refuse(ERROR_NOT_ENOUGH_MEMORY);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | (type & MEM_COMMIT ? 0 : MAP_NORESERVE) | (address ? MAP_FIXED_NOREPLACE : 0);
    r->size = whole_pages(size);
    void *base = mmap((void *)((uintptr_t)address / page * page), r->size, type & MEM_COMMIT ? p : PROT_NONE, flags, -1, 0);
    if (base == MAP_FAILED) {
        DWORD code = errno == EEXIST ? ERROR_INVALID_ADDRESS : createprocess_from_errno(errno);
        free(r);
        return refuse(code);
    }
    r->base = base;
    pthread_mutex_lock(&regions_lock);
    r->next = regions;
    regions = r;
    pthread_mutex_unlock(&regions_lock);
    return base;
}

BOOL WINAPI VirtualFree(LPVOID address, SIZE_T size, DWORD type)
{
    if (address == NULL || (type != MEM_RELEASE && type != MEM_DECOMMIT) || (type == MEM_RELEASE && size != 0)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    DWORD code = ERROR_INVALID_ADDRESS;
    pthread_mutex_lock(&regions_lock);
    for (struct region **p = &regions; *p; p = &(*p)->next) {
        struct region *r = *p;
        if ((char *)address < r->base || (char *)address >= r->base + r->size)
            continue;
        if (type == MEM_RELEASE) {
            if (address != r->base)
                break;
            munmap(r->base, r->size);
            *p = r->next;
            free(r);
            code = 0;
            break;
        }
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        char *from = (char *)((uintptr_t)address / page * page);
        size_t length = size == 0 ? (size_t)(r->base + r->size - from) : whole_pages((size_t)((char *)address - from) + size);
        if (length > (size_t)(r->base + r->size - from))
            break;
        code = mmap(from, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED
                   ? createprocess_from_errno(errno)
                   : 0;
        break;
    }
    pthread_mutex_unlock(&regions_lock);
    if (code)
        SetLastError(code);
    return code == 0;
}
