/* tmain.h: where a program begins that has a _tmain, or a wmain. <tchar.h>
 * includes it.
 *
 * The library's own main calls the one of them that there is. It finds _tmain by
 * a symbol that is the same in C and C++, and in a section of the program what
 * nobody else would know: that it answers nothing, so that the exit code is 0.
 * For that the declaration is taken first, looked at, and then given again, with
 * the return type that it has, for the body to follow. */
#ifndef CREATEPROCESS_TMAIN_H
#define CREATEPROCESS_TMAIN_H

#define CREATEPROCESS_PASTE_(a, b) a##b
#define CREATEPROCESS_PASTE(a, b) CREATEPROCESS_PASTE_(a, b)

#if defined(_UNICODE)
#define CREATEPROCESS_TMAIN wmain
#define CREATEPROCESS_TMAIN_SYMBOL "createprocess_wmain"
#else
#define CREATEPROCESS_TMAIN _tmain
#define CREATEPROCESS_TMAIN_SYMBOL "createprocess_tmain"
#endif

#if defined(__cplusplus)
extern "C++" {
namespace createprocess_start {
template <class> struct answer;
template <class R, class... A> struct answer<R(A...)> {
    using type = R;
    static const int nothing = 0;
};
template <class... A> struct answer<void(A...)> {
    using type = void;
    static const int nothing = 1;
};
} // namespace createprocess_start
}
#define CREATEPROCESS_ANSWER(f) createprocess_start::answer<decltype(f)>::type
#define CREATEPROCESS_NOTHING(f) createprocess_start::answer<decltype(f)>::nothing
#else
#define CREATEPROCESS_NOTHING(f)                                                                                        \
    _Generic(&f, void (*)(void): 1, void (*)(int, char **): 1, void (*)(int, char **, char **): 1,                      \
        void (*)(int, const char **): 1, void (*)(int, unsigned short **): 1,                                           \
        void (*)(int, unsigned short **, unsigned short **): 1, void (*)(int, const unsigned short **): 1, default: 0)
#define CREATEPROCESS_ANSWER(f)                                                                                         \
    __typeof__(_Generic(&f, void (*)(void): (void)0, void (*)(int, char **): (void)0,                                   \
        void (*)(int, char **, char **): (void)0, void (*)(int, const char **): (void)0,                                \
        void (*)(int, unsigned short **): (void)0, void (*)(int, unsigned short **, unsigned short **): (void)0,        \
        void (*)(int, const unsigned short **): (void)0, default: 0))
#endif

#undef _tmain
#define _tmain(...)                                                                                                     \
    CREATEPROCESS_TMAIN(__VA_ARGS__) __asm__(CREATEPROCESS_TMAIN_SYMBOL);                                               \
    static const int CREATEPROCESS_PASTE(createprocess_tmain_, __COUNTER__)                                             \
        __attribute__((used, section("createprocess_begin"))) = CREATEPROCESS_NOTHING(CREATEPROCESS_TMAIN);             \
    CREATEPROCESS_ANSWER(CREATEPROCESS_TMAIN) CREATEPROCESS_TMAIN(__VA_ARGS__)

#endif
