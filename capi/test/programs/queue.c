/* Producers and consumers: semaphores, a mutex, events, a critical section. */
#include <windows.h>
#include <tchar.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOTS 4
#define PRODUCERS 3
#define CONSUMERS 2
#define ITEMS 500

static LONG g_queue[SLOTS];
static int g_in, g_out;
static HANDLE g_hFree, g_hUsed, g_hMutex, g_hQuit;
static volatile LONGLONG g_sum;
static volatile LONG g_taken;

static DWORD WINAPI Producer(LPVOID lpParameter)
{
    LONG base = (LONG)(LONG_PTR)lpParameter;
    for (LONG i = 1; i <= ITEMS; i++) {
        HANDLE both[] = {g_hFree, g_hMutex};
        if (WaitForMultipleObjects(ARRAYSIZE(both), both, TRUE, 10000) != WAIT_OBJECT_0)
            return 1;
        g_queue[g_in] = base + i;
        g_in = (g_in + 1) % SLOTS;
        ReleaseMutex(g_hMutex);
        ReleaseSemaphore(g_hUsed, 1, NULL);
    }
    return 0;
}

static DWORD WINAPI Consumer(LPVOID lpParameter)
{
    HANDLE waits[] = {g_hUsed, g_hQuit};
    UNREFERENCED_PARAMETER(lpParameter);
    for (;;) {
        switch (WaitForMultipleObjects(_countof(waits), waits, FALSE, INFINITE)) {
        case WAIT_OBJECT_0: {
            WaitForSingleObject(g_hMutex, INFINITE);
            LONG item = g_queue[g_out];
            g_out = (g_out + 1) % SLOTS;
            ReleaseMutex(g_hMutex);
            ReleaseSemaphore(g_hFree, 1, NULL);
            InterlockedExchangeAdd64(&g_sum, item);
            InterlockedIncrement(&g_taken);
            break;
        }
        case WAIT_OBJECT_0 + 1:
            return 0;
        default:
            return GetLastError();
        }
    }
}

int _tmain(void)
{
    HANDLE threads[PRODUCERS + CONSUMERS];
    g_hFree = CreateSemaphore(NULL, SLOTS, SLOTS, NULL);
    g_hUsed = CreateSemaphore(NULL, 0, SLOTS, NULL);
    g_hMutex = CreateMutex(NULL, FALSE, NULL);
    g_hQuit = CreateEvent(NULL, TRUE, FALSE, NULL);
    for (int i = 0; i < PRODUCERS; i++)
        threads[i] = CreateThread(NULL, 0, Producer, (LPVOID)(LONG_PTR)(i * 1000), 0, NULL);
    for (int i = 0; i < CONSUMERS; i++)
        threads[PRODUCERS + i] = CreateThread(NULL, 64 * 1024, Consumer, NULL, 0, NULL);
    _tprintf(_T("producers: %lu\n"), WaitForMultipleObjects(PRODUCERS, threads, TRUE, 60000));
    while (InterlockedCompareExchange(&g_taken, 0, 0) < PRODUCERS * ITEMS)
        Sleep(1);
    SetEvent(g_hQuit);
    _tprintf(_T("consumers: %lu\n"), WaitForMultipleObjects(CONSUMERS, threads + PRODUCERS, TRUE, 60000));
    for (int i = 0; i < PRODUCERS + CONSUMERS; i++) {
        DWORD code = 99;
        GetExitCodeThread(threads[i], &code);
        _tprintf(_T("thread %d: %lu\n"), i, code);
        CloseHandle(threads[i]);
    }
    printf("sum: %I64d\n", g_sum);
    LONG previous = -1;
    ReleaseSemaphore(g_hUsed, 1, &previous);
    _tprintf(_T("left: %ld\n"), previous);
    BOOL ok = ReleaseSemaphore(g_hUsed, SLOTS, NULL);
    _tprintf(_T("too many: %d %lu\n"), ok, GetLastError());
    ok = ReleaseMutex(g_hMutex);
    _tprintf(_T("not mine: %d %lu\n"), ok, GetLastError());
    CloseHandle(g_hFree);
    CloseHandle(g_hUsed);
    CloseHandle(g_hMutex);
    CloseHandle(g_hQuit);
    return 0;
}
