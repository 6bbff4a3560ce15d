/* Clocks and dates. */
#include "internal.h"

#include <sched.h>
#include <time.h>

#define TICKS_PER_SECOND 10000000LL   /* of 100 ns */
#define UNIX_EPOCH 11644473600LL      /* in seconds since 1601 */

static int64_t now(clockid_t clock, int64_t per_second)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * per_second + t.tv_nsec / (1000000000 / per_second);
}

/* CLOCK_BOOTTIME goes on while the machine sleeps, as Windows' ticks do. */
ULONGLONG WINAPI GetTickCount64(void) { return (ULONGLONG)now(CLOCK_BOOTTIME, 1000); }
DWORD WINAPI GetTickCount(void) { return (DWORD)GetTickCount64(); }

BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER *count)
{
    count->QuadPart = now(CLOCK_MONOTONIC, TICKS_PER_SECOND);
    return TRUE;
}

BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER *frequency)
{
    frequency->QuadPart = TICKS_PER_SECOND;
    return TRUE;
}

static FILETIME to_file(int64_t t) { return (FILETIME){(DWORD)t, (DWORD)((uint64_t)t >> 32)}; }
static int64_t from_file(const FILETIME *t) { return (int64_t)((uint64_t)t->dwHighDateTime << 32 | t->dwLowDateTime); }
static int64_t system_time(void) { return now(CLOCK_REALTIME, TICKS_PER_SECOND) + UNIX_EPOCH * TICKS_PER_SECOND; }

void WINAPI GetSystemTimeAsFileTime(LPFILETIME time) { *time = to_file(system_time()); }
void WINAPI GetSystemTimePreciseAsFileTime(LPFILETIME time) { *time = to_file(system_time()); }

/* Days since 1 January 1601 of a date of the Gregorian calendar, and back. A year
 * begins in March here, so that the odd day is its last. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year, m = month <= 2 ? month + 9 : month - 3;
    return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 584694;
}

static bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static DWORD to_system(int64_t t, SYSTEMTIME *s)
{
    if (t < 0)
        return ERROR_INVALID_PARAMETER;
    int64_t milliseconds = t / 10000, day = milliseconds / 86400000, rest = milliseconds % 86400000;
    int year = 1601 + (int)(day / 365.2425), month = 1;
    while (days_of(year, 1, 1) > day)
        year--;
    while (days_of(year + 1, 1, 1) <= day)
        year++;
    int64_t left = day - days_of(year, 1, 1);
    while (left >= days_in(year, month))
        left -= days_in(year, month++);
    s->wYear = (WORD)year;
    s->wMonth = (WORD)month;
    s->wDay = (WORD)(left + 1);
    s->wDayOfWeek = (WORD)((day + 1) % 7); /* that day was a Monday */
    s->wHour = (WORD)(rest / 3600000);
    s->wMinute = (WORD)(rest / 60000 % 60);
    s->wSecond = (WORD)(rest / 1000 % 60);
    s->wMilliseconds = (WORD)(rest % 1000);
    return 0;
}

static BOOL done(DWORD code)
{
    if (code)
        SetLastError(code);
    return code == 0;
}

BOOL WINAPI FileTimeToSystemTime(const FILETIME *file, LPSYSTEMTIME system) { return done(to_system(from_file(file), system)); }

BOOL WINAPI SystemTimeToFileTime(const SYSTEMTIME *s, LPFILETIME file)
{
    if (s->wYear < 1601 || s->wYear > 30827 || s->wMonth < 1 || s->wMonth > 12 || s->wDay < 1 || s->wDay > days_in(s->wYear, s->wMonth) ||
        s->wHour > 23 || s->wMinute > 59 || s->wSecond > 59 || s->wMilliseconds > 999)
        return done(ERROR_INVALID_PARAMETER);
    int64_t seconds = days_of(s->wYear, s->wMonth, s->wDay) * 86400 + s->wHour * 3600 + s->wMinute * 60 + s->wSecond;
    *file = to_file(seconds * TICKS_PER_SECOND + s->wMilliseconds * 10000);
    return TRUE;
}

void WINAPI GetSystemTime(LPSYSTEMTIME time) { to_system(system_time(), time); }

static int64_t offset_at(int64_t utc)
{
    time_t t = (time_t)(utc / TICKS_PER_SECOND - UNIX_EPOCH);
    struct tm local;
    return localtime_r(&t, &local) ? local.tm_gmtoff * TICKS_PER_SECOND : 0;
}

void WINAPI GetLocalTime(LPSYSTEMTIME time)
{
    int64_t t = system_time();
    to_system(t + offset_at(t), time);
}

/* With the offset that holds now, not then: so Microsoft's page has it. */
BOOL WINAPI FileTimeToLocalFileTime(const FILETIME *utc, LPFILETIME local)
{
    *local = to_file(from_file(utc) + offset_at(system_time()));
    return TRUE;
}

BOOL WINAPI LocalFileTimeToFileTime(const FILETIME *local, LPFILETIME utc)
{
    *utc = to_file(from_file(local) - offset_at(system_time()));
    return TRUE;
}

LONG WINAPI CompareFileTime(const FILETIME *a, const FILETIME *b)
{
    uint64_t x = (uint64_t)from_file(a), y = (uint64_t)from_file(b);
    return x < y ? -1 : x > y;
}

void WINAPI Sleep(DWORD milliseconds)
{
    if (milliseconds == 0) {
        sched_yield();
        return;
    }
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (milliseconds == INFINITE)
        for (;;)
            pause();
    end.tv_sec += milliseconds / 1000;
    end.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
        ;
}

/* There are no asynchronous procedure calls, so nothing ends it early. */
DWORD WINAPI SleepEx(DWORD milliseconds, BOOL alertable)
{
    (void)alertable;
    Sleep(milliseconds);
    return 0;
}

BOOL WINAPI SwitchToThread(void) { return sched_yield() == 0; }
