// Generated from native/cabi/src by cbindgen. Change it there, then: UPDATE_HEADER=1 cargo test --release -p gamenet-cabi --test header

// An argument is missing, out of range or not what the function takes.
#define GN_E_ARGUMENT -2

// What the call needs is not open (any more).
#define GN_E_CLOSED -3

// A handle that nothing stands behind.
#define GN_E_HANDLE -5

// The address is taken by somebody else.
#define GN_E_IN_USE -9

// A limit that the caller set, or that the format has, would be passed.
#define GN_E_LIMIT -7

// Bytes from outside that do not follow the format.
#define GN_E_MALFORMED -6

// What can be open only once is open already.
#define GN_E_OPEN -4

// A bug on our side: the code panicked. The state behind it may be half changed.
#define GN_E_PANIC -1

// The operating system or the library underneath refused.
#define GN_E_REFUSED -8

// The sentence of the last fault on this thread (UTF-8, never null), valid until the next fault on it.
const char *gn_last_error(void);

// Panics on purpose, so that a test can see what becomes of it.
int64_t gn_panic(void);
