/* Critical sections, SRW locks, condition variables, one-time initialization and
 * WaitOnAddress, on futexes. Their structures are Windows' own, and zero is
 * the state that nobody holds. */
#include "internal.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>

typedef uint32_t word;

static void deadline(struct timespec *t, DWORD milliseconds)
{
    clock_gettime(CLOCK_MONOTONIC, t);
    t->tv_sec += milliseconds / 1000;
    t->tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (t->tv_nsec >= 1000000000) {
        t->tv_sec++;
        t->tv_nsec -= 1000000000;
    }
}

/* false: the time is up. It may also return early. errno is left as it was. */
static bool futex_wait(word *w, word expected, const struct timespec *until)
{
    int before = errno;
    long r = syscall(SYS_futex, w, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected, until, NULL, FUTEX_BITSET_MATCH_ANY);
    bool timed_out = r < 0 && errno == ETIMEDOUT;
    errno = before;
    return !timed_out;
}

static void futex_wake(word *w, int n)
{
    int before = errno;
    syscall(SYS_futex, w, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, n, NULL, NULL, 0);
    errno = before;
}

/* An SRW lock: bit 31, somebody has it alone; the other bits, how many share it.
 * In the second word, how many wait. */
#define ALONE 0x80000000u

static word *state(PSRWLOCK lock) { return (word *)&lock->Ptr; }
static word *waiting(PSRWLOCK lock) { return (word *)&lock->Ptr + 1; }
_Static_assert(sizeof(SRWLOCK) == 2 * sizeof(word), "an SRWLOCK has two words");

void WINAPI InitializeSRWLock(PSRWLOCK lock) { lock->Ptr = NULL; }

BOOLEAN WINAPI TryAcquireSRWLockExclusive(PSRWLOCK lock)
{
    word free = 0;
    return __atomic_compare_exchange_n(state(lock), &free, ALONE, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

BOOLEAN WINAPI TryAcquireSRWLockShared(PSRWLOCK lock)
{
    word s = __atomic_load_n(state(lock), __ATOMIC_RELAXED);
    while (!(s & ALONE))
        if (__atomic_compare_exchange_n(state(lock), &s, s + 1, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return TRUE;
    return FALSE;
}

static void acquire(PSRWLOCK lock, BOOLEAN (WINAPI *try)(PSRWLOCK), bool alone)
{
    for (int spins = 0; spins < 100; spins++)
        if (try(lock))
            return;
    __atomic_add_fetch(waiting(lock), 1, __ATOMIC_SEQ_CST);
    while (!try(lock)) {
        word s = __atomic_load_n(state(lock), __ATOMIC_SEQ_CST);
        if (alone ? s != 0 : (s & ALONE) != 0)
            futex_wait(state(lock), s, NULL);
    }
    __atomic_sub_fetch(waiting(lock), 1, __ATOMIC_SEQ_CST);
}

void WINAPI AcquireSRWLockExclusive(PSRWLOCK lock) { acquire(lock, TryAcquireSRWLockExclusive, true); }
void WINAPI AcquireSRWLockShared(PSRWLOCK lock) { acquire(lock, TryAcquireSRWLockShared, false); }

static void wake_waiting(PSRWLOCK lock)
{
    if (__atomic_load_n(waiting(lock), __ATOMIC_SEQ_CST) != 0)
        futex_wake(state(lock), INT_MAX);
}

void WINAPI ReleaseSRWLockExclusive(PSRWLOCK lock)
{
    __atomic_store_n(state(lock), 0, __ATOMIC_SEQ_CST);
    wake_waiting(lock);
}

void WINAPI ReleaseSRWLockShared(PSRWLOCK lock)
{
    if (__atomic_sub_fetch(state(lock), 1, __ATOMIC_SEQ_CST) == 0)
        wake_waiting(lock);
}

/* A critical section: LockCount is 0 when nobody has it, 1 when somebody has and
 * nobody waits, 2 when somebody may wait. OwningThread is the owner's id. */
static word *lock_word(LPCRITICAL_SECTION s) { return (word *)&s->LockCount; }

static HANDLE self(void)
{
    static __thread uintptr_t id;
    if (id == 0)
        id = (uintptr_t)syscall(SYS_gettid);
    return (HANDLE)id;
}

void WINAPI InitializeCriticalSection(LPCRITICAL_SECTION s) { InitializeCriticalSectionEx(s, 0, 0); }
BOOL WINAPI InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION s, DWORD spins) { return InitializeCriticalSectionEx(s, spins, 0); }

BOOL WINAPI InitializeCriticalSectionEx(LPCRITICAL_SECTION s, DWORD spins, DWORD flags)
{
    (void)flags;
    *s = (CRITICAL_SECTION){.SpinCount = spins & 0x00ffffff};
    return TRUE;
}

DWORD WINAPI SetCriticalSectionSpinCount(LPCRITICAL_SECTION s, DWORD spins)
{
    DWORD before = (DWORD)s->SpinCount;
    s->SpinCount = spins & 0x00ffffff;
    return before;
}

BOOL WINAPI TryEnterCriticalSection(LPCRITICAL_SECTION s)
{
    word free = 0;
    if (__atomic_load_n(&s->OwningThread, __ATOMIC_RELAXED) == self()) {
        s->RecursionCount++;
        return TRUE;
    }
    if (!__atomic_compare_exchange_n(lock_word(s), &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return FALSE;
    __atomic_store_n(&s->OwningThread, self(), __ATOMIC_RELAXED);
    s->RecursionCount = 1;
    return TRUE;
}

void WINAPI EnterCriticalSection(LPCRITICAL_SECTION s)
{
    for (ULONG_PTR spins = 0; spins <= s->SpinCount; spins++)
        if (TryEnterCriticalSection(s))
            return;
    while (__atomic_exchange_n(lock_word(s), 2, __ATOMIC_ACQUIRE) != 0)
        futex_wait(lock_word(s), 2, NULL);
    __atomic_store_n(&s->OwningThread, self(), __ATOMIC_RELAXED);
    s->RecursionCount = 1;
}

void WINAPI LeaveCriticalSection(LPCRITICAL_SECTION s)
{
    if (--s->RecursionCount > 0)
        return;
    __atomic_store_n(&s->OwningThread, NULL, __ATOMIC_RELAXED);
    if (__atomic_exchange_n(lock_word(s), 0, __ATOMIC_RELEASE) == 2)
        futex_wake(lock_word(s), 1);
}

void WINAPI DeleteCriticalSection(LPCRITICAL_SECTION s) { *s = (CRITICAL_SECTION){0}; }

/* A condition variable counts its wakes. */
static word *wakes(PCONDITION_VARIABLE c) { return (word *)&c->Ptr; }

void WINAPI InitializeConditionVariable(PCONDITION_VARIABLE c) { c->Ptr = NULL; }

void WINAPI WakeConditionVariable(PCONDITION_VARIABLE c)
{
    __atomic_add_fetch(wakes(c), 1, __ATOMIC_SEQ_CST);
    futex_wake(wakes(c), 1);
}

void WINAPI WakeAllConditionVariable(PCONDITION_VARIABLE c)
{
    __atomic_add_fetch(wakes(c), 1, __ATOMIC_SEQ_CST);
    futex_wake(wakes(c), INT_MAX);
}

/* Waits while w has that value. */
static bool sleep_on(word *w, word value, DWORD milliseconds)
{
    struct timespec t;
    if (milliseconds != INFINITE)
        deadline(&t, milliseconds);
    return futex_wait(w, value, milliseconds == INFINITE ? NULL : &t);
}

static BOOL woken(bool in_time)
{
    if (!in_time)
        SetLastError(ERROR_TIMEOUT);
    return in_time;
}

BOOL WINAPI SleepConditionVariableCS(PCONDITION_VARIABLE c, PCRITICAL_SECTION s, DWORD milliseconds)
{
    word value = __atomic_load_n(wakes(c), __ATOMIC_SEQ_CST);
    LeaveCriticalSection(s);
    bool in_time = sleep_on(wakes(c), value, milliseconds);
    EnterCriticalSection(s);
    return woken(in_time);
}

BOOL WINAPI SleepConditionVariableSRW(PCONDITION_VARIABLE c, PSRWLOCK lock, DWORD milliseconds, ULONG flags)
{
    bool shared = flags & CONDITION_VARIABLE_LOCKMODE_SHARED;
    word value = __atomic_load_n(wakes(c), __ATOMIC_SEQ_CST);
    if (shared)
        ReleaseSRWLockShared(lock);
    else
        ReleaseSRWLockExclusive(lock);
    bool in_time = sleep_on(wakes(c), value, milliseconds);
    if (shared)
        AcquireSRWLockShared(lock);
    else
        AcquireSRWLockExclusive(lock);
    return woken(in_time);
}

/* InitOnceExecuteOnce. The low two bits of the pointer tell how far it is, as in
 * Windows: 0 not begun, 1 under way, 2 done; the rest is the context. */
static pthread_mutex_t once_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t once_changed = PTHREAD_COND_INITIALIZER;

void WINAPI InitOnceInitialize(PINIT_ONCE once) { once->Ptr = NULL; }

BOOL WINAPI InitOnceExecuteOnce(PINIT_ONCE once, PINIT_ONCE_FN function, PVOID parameter, LPVOID *context)
{
    if (((uintptr_t)__atomic_load_n(&once->Ptr, __ATOMIC_ACQUIRE) & 3) != 2) {
        pthread_mutex_lock(&once_lock);
        while (((uintptr_t)once->Ptr & 3) == 1)
            pthread_cond_wait(&once_changed, &once_lock);
        if (((uintptr_t)once->Ptr & 3) == 0) {
            once->Ptr = (PVOID)1;
            pthread_mutex_unlock(&once_lock);
            PVOID value = NULL;
            BOOL good = function(once, parameter, &value);
            pthread_mutex_lock(&once_lock);
            __atomic_store_n(&once->Ptr, good ? (PVOID)(((uintptr_t)value & ~(uintptr_t)3) | 2) : NULL, __ATOMIC_RELEASE);
            pthread_cond_broadcast(&once_changed);
            if (!good) {
                pthread_mutex_unlock(&once_lock);
                return FALSE;
            }
        }
        pthread_mutex_unlock(&once_lock);
    }
    if (context)
        *context = (PVOID)((uintptr_t)once->Ptr & ~(uintptr_t)3);
    return TRUE;
}

/* WaitOnAddress takes 1, 2, 4 or 8 bytes, a futex 4: those who wait, wait on a
 * count of wakes, one of a few by address, and are woken together. */
static word addresses[64];

static word *place_of(const volatile void *address) { return &addresses[((uintptr_t)address >> 2) * 2654435761u % 64]; }

static bool is_same(const volatile void *address, const void *compare, size_t size)
{
    switch (size) {
    case 1: return __atomic_load_n((const volatile uint8_t *)address, __ATOMIC_SEQ_CST) == *(const uint8_t *)compare;
    case 2: return __atomic_load_n((const volatile uint16_t *)address, __ATOMIC_SEQ_CST) == *(const uint16_t *)compare;
    case 4: return __atomic_load_n((const volatile uint32_t *)address, __ATOMIC_SEQ_CST) == *(const uint32_t *)compare;
    default: return __atomic_load_n((const volatile uint64_t *)address, __ATOMIC_SEQ_CST) == *(const uint64_t *)compare;
    }
}

BOOL WINAPI WaitOnAddress(volatile VOID *address, PVOID compare, SIZE_T size, DWORD milliseconds)
{
    if (size != 1 && size != 2 && size != 4 && size != 8) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    word *place = place_of(address), value = __atomic_load_n(place, __ATOMIC_SEQ_CST);
    if (!is_same(address, compare, size))
        return TRUE;
    return woken(sleep_on(place, value, milliseconds));
}

void WINAPI WakeByAddressAll(PVOID address)
{
    __atomic_add_fetch(place_of(address), 1, __ATOMIC_SEQ_CST);
    futex_wake(place_of(address), INT_MAX);
}

void WINAPI WakeByAddressSingle(PVOID address) { WakeByAddressAll(address); }

/* Thread-local storage. */
#define SLOTS 1088
static unsigned char slot_used[SLOTS];
static pthread_key_t slot_keys[SLOTS];
static pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER;

DWORD WINAPI TlsAlloc(void)
{
    DWORD index = 0xFFFFFFFF;
    pthread_mutex_lock(&slots_lock);
    for (DWORD i = 0; i < SLOTS; i++)
        if (!slot_used[i]) {
            if (pthread_key_create(&slot_keys[i], NULL) == 0) {
                slot_used[i] = 1;
                index = i;
            }
            break;
        }
    pthread_mutex_unlock(&slots_lock);
    if (index == 0xFFFFFFFF)
        SetLastError(ERROR_NO_MORE_ITEMS);
    return index;
}

static BOOL is_slot(DWORD index)
{
    if (index < SLOTS && __atomic_load_n(&slot_used[index], __ATOMIC_ACQUIRE))
        return TRUE;
    SetLastError(ERROR_INVALID_PARAMETER);
    return FALSE;
}

LPVOID WINAPI TlsGetValue(DWORD index)
{
    if (!is_slot(index))
        return NULL;
    SetLastError(ERROR_SUCCESS);
    return pthread_getspecific(slot_keys[index]);
}

BOOL WINAPI TlsSetValue(DWORD index, LPVOID value)
{
    if (!is_slot(index))
        return FALSE;
    if (pthread_setspecific(slot_keys[index], value) == 0)
        return TRUE;
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return FALSE;
}

BOOL WINAPI TlsFree(DWORD index)
{
    if (!is_slot(index))
        return FALSE;
    pthread_mutex_lock(&slots_lock);
    slot_used[index] = 0;
    pthread_key_delete(slot_keys[index]);
    pthread_mutex_unlock(&slots_lock);
    return TRUE;
}
