/* An in-memory Steam for one process: of what `libsteam_api` exports, the part that `Sockets(library=...)` uses.
 *
 * It is written from what the Steamworks SDK declares, without Valve's headers, so a record that gamenet lays out
 * differently shows. One user is logged in; friends are scripted from outside (`stub_*`) and send back what they get.
 *
 * The world goes one step on with each SteamAPI_RunCallbacks, and what happened is told by ISteamNetworkingSockets'
 * RunCallbacks, to the handler that was in force when it happened. Who forgets one of the two sees nothing.
 * Every call that matters leaves a line in the log; a call before Init, after Shutdown, or with a pointer that is not the
 * interface's, counts as wrong.
 *
 * STUB_SOCKETS   13: as in SDK 1.65, where SendMessages is told who deletes what it did not send (the default).
 *                12: as in SDK 1.53 to 1.64, where it always deletes. 11: older than what gamenet takes.
 * STUB_INIT      59: SteamAPI_InitFlat, as since SDK 1.59 (the default). 58: only what it calls inside, as in SDK 1.58.
 *                57: SteamAPI_Init, as before.
 * STUB_NO_RELAY  without InitRelayNetworkAccess.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef STUB_SOCKETS
#define STUB_SOCKETS 13
#endif
#ifndef STUB_INIT
#define STUB_INIT 59
#endif
#define EXPORT __attribute__((visibility("default")))
#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define JOIN(a, b) a##b
#define NAME(a, b) JOIN(a, b)

/* --- Records --------------------------------------------------------------------------------------------------------- */

#pragma pack(push, 1)
typedef struct { uint8_t ip[16]; uint16_t port; } Address;
typedef struct { int32_t type, size; union { uint64_t steam_id; uint8_t bytes[128]; } is; } Identity;
#pragma pack(pop)

#pragma pack(push, 4)
typedef struct {
    Identity peer;
    int64_t user_data;
    uint32_t listen;
    Address address;
    uint16_t pad;
    uint32_t pop_remote, pop_relay;
    int32_t state, reason;
    char debug[128], description[128];
    int32_t flags;
    uint32_t reserved[63];
} Info;
typedef struct { uint32_t connection; Info info; int32_t old_state; } Change;
typedef struct { int32_t status; char debug[256]; } Auth;
typedef struct {
    int32_t state, ping;
    float quality_local, quality_remote, out_packets, out_bytes, in_packets, in_bytes;
    int32_t send_rate, pending_unreliable, pending_reliable, unacked;
    int64_t queue;
    uint32_t reserved[16];
} RealTime;
#pragma pack(pop)

typedef struct Message Message;
struct Message {
    void *data;
    int32_t size;
    uint32_t connection;
    Identity peer;
    int64_t connection_user_data, received, number;
    void (*free_data)(Message *);
    void (*release)(Message *);
    int32_t channel, flags;
    int64_t user_data;
    uint16_t lane, pad;
};
typedef struct { int32_t id, kind; union { int32_t i; int64_t l; float f; const char *s; void *p; } value; } Option;

_Static_assert(sizeof(Address) == 18 && sizeof(Identity) == 136, "packed without gaps");
_Static_assert(sizeof(Info) == 696 && sizeof(Change) == 704 && sizeof(Auth) == 260, "packed to four bytes");
_Static_assert(sizeof(RealTime) == 120 && sizeof(Message) == 216 && sizeof(Option) == 16, "as the SDK has them");

enum { STEAM_ID = 16, RELIABLE = 8, NO_DELAY = 4, RELAYED = 16, MOST_BYTES = 512 * 1024 };
enum { NONE, CONNECTING, FINDING_ROUTE, CONNECTED, CLOSED_BY_PEER, PROBLEM };
enum { OK = 1, NO_CONNECTION = 3, INVALID_PARAM = 8, INVALID_STATE = 11, LIMIT_EXCEEDED = 25, IGNORED = 41 };
enum { GLOBAL = 1, CONNECTION = 4, INT = 1, FLOAT = 3, TEXT = 4 };
enum { TIMEOUT = 4001, RENDEZVOUS = 5008 };

/* --- The world ------------------------------------------------------------------------------------------------------- */

typedef struct { int32_t id, kind; const char *name; float initial; } Described;
static const Described options[] = {
    {2, FLOAT, "FakePacketLoss_Send", 0}, {3, FLOAT, "FakePacketLoss_Recv", 0}, {9, INT, "SendBufferSize", 524288},
    {10, INT, "SendRateMin", 0}, {11, INT, "SendRateMax", 0}, {12, INT, "NagleTime", 5000},
    {23, INT, "IP_AllowWithoutAuth", 0}, {24, INT, "TimeoutInitial", 10000}, {25, INT, "TimeoutConnected", 10000},
    {29, TEXT, "SDRClient_ForceRelayCluster", 0}, {32, INT, "MTU_PacketSize", 1300}, {34, INT, "Unencrypted", 0},
    {37, INT, "SymmetricConnect", 0}, {38, INT, "LocalVirtualPort", -1},
#if STUB_SOCKETS >= 13 /* so that opening is tried with and without these */
    {47, INT, "RecvBufferSize", 1048576}, {48, INT, "RecvBufferMessages", 1000}, {49, INT, "RecvMaxMessageSize", 524288},
#endif
};
typedef struct { int32_t i; float f; char s[64]; } Value;
typedef struct { Value values[COUNT(options)]; } Values;

typedef struct Held Held;
struct Held { Message message; Held *next; uint64_t order; };
typedef struct { Held *first, *last; } Inbox;

typedef enum { REST, RING, FIND_ROUTE, CONNECT } Due;
typedef struct {
    uint32_t handle, partner, group;
    uint64_t friend_id;
    int port;
    bool by_ip;
    Due due;
    Info info;
    char name[32];
    int64_t numbers[8];
    Inbox in, out;
    Values options;
} Connection;
typedef struct { uint32_t handle; int port; bool by_ip; Address address; Values options; } Listener;
typedef struct { uint64_t id; int port; } Friend;
typedef void (*OnChange)(Change *);
typedef void (*OnAuth)(Auth *);
typedef struct { OnChange on_change; OnAuth on_auth; Change change; Auth auth; } Event;

static int interface_sockets, interface_utils;
static struct {
    bool open, client_too_old;
    int init_result;
    char init_text[1024];
    uint64_t user;
    Values global;
    bool known_global;
    Connection connections[64];
    Listener listeners[16];
    uint32_t groups[16];
    Friend friends[16];
    Event events[256];
    int event_count;
    OnChange on_change;
    OnAuth on_auth;
    int auth_script[16], auth_count, auth_next, auth_status;
    bool auth_runs;
    uint32_t last_handle;
    uint64_t last_order;
    int alive, wrong;
    char log[1 << 16];
    size_t log_size;
} world = {.user = 76561197960287930u, .auth_script = {2, 3, 100}, .auth_count = 3, .auth_status = 1};

static void record(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(world.log + world.log_size, sizeof world.log - world.log_size, format, arguments);
    va_end(arguments);
    if (size > 0 && world.log_size + (size_t)size + 1 < sizeof world.log) {
        world.log_size += (size_t)size;
        world.log[world.log_size++] = '\n';
        world.log[world.log_size] = 0;
    }
}

static void check(bool well, const char *what) {
    if (!well) {
        world.wrong++;
        record("WRONG %s", what);
    }
}
#define SOCKETS(self) check(world.open && (self) == &interface_sockets, __func__)
#define UTILS(self) check(world.open && (self) == &interface_utils, __func__)

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000 + 3600000000; /* no clock of the caller's */
}

static Identity person(uint64_t id) {
    Identity identity = {.type = id ? STEAM_ID : 0, .size = id ? 8 : 0};
    identity.is.steam_id = id;
    return identity;
}

/* Of the 136 bytes those that say something: type, size, and what the size says; "+" when there is more behind. */
static const char *hex(const Identity *identity) {
    static char text[2 * sizeof(Identity) + 2];
    const uint8_t *bytes = (const uint8_t *)identity;
    size_t shown = 8 + (size_t)(identity->size < 0 || identity->size > 128 ? 128 : identity->size), i;
    for (i = 0; i < shown; i++) sprintf(text + 2 * i, "%02x", bytes[i]);
    for (; i < sizeof *identity && !bytes[i]; i++) {}
    strcpy(text + 2 * shown, i < sizeof *identity ? "+" : "");
    return text;
}

static Connection *find(uint32_t handle) {
    for (int i = 0; i < COUNT(world.connections); i++)
        if (handle && world.connections[i].handle == handle) return &world.connections[i];
    return NULL;
}

static Listener *listener(uint32_t handle) {
    for (int i = 0; i < COUNT(world.listeners); i++)
        if (handle && world.listeners[i].handle == handle) return &world.listeners[i];
    return NULL;
}

static Listener *listening(bool by_ip, int port) {
    for (int i = 0; i < COUNT(world.listeners); i++)
        if (world.listeners[i].handle && world.listeners[i].by_ip == by_ip && world.listeners[i].port == port)
            return &world.listeners[i];
    return NULL;
}

static uint32_t *group(uint32_t handle) {
    for (int i = 0; i < COUNT(world.groups); i++)
        if (handle && world.groups[i] == handle) return &world.groups[i];
    return NULL;
}

static Event *event(void) {
    check(world.event_count < COUNT(world.events), "too many events");
    return &world.events[world.event_count < COUNT(world.events) ? world.event_count++ : 0];
}

static void become(Connection *connection, int state, int reason, const char *debug) {
    int old = connection->info.state;
    connection->info.state = state;
    connection->info.reason = reason;
    snprintf(connection->info.debug, sizeof connection->info.debug, "%s", debug);
    *event() = (Event){.on_change = world.on_change, .change = {connection->handle, connection->info, old}};
}

/* --- Options --------------------------------------------------------------------------------------------------------- */

static int known(int32_t id) {
    for (int i = 0; i < COUNT(options); i++)
        if (options[i].id == id) return i;
    return -1;
}

static Values *global(void) {
    for (int i = 0; !world.known_global && i < COUNT(options); i++)
        world.global.values[i] = (Value){.i = (int32_t)options[i].initial, .f = options[i].initial};
    world.known_global = true;
    return &world.global;
}

static bool set(Values *values, int32_t id, int32_t kind, const void *value) {
    int i = known(id);
    if (i < 0 || options[i].kind != kind) return false;
    if (kind == INT) memcpy(&values->values[i].i, value, sizeof(int32_t));
    if (kind == FLOAT) memcpy(&values->values[i].f, value, sizeof(float));
    if (kind == TEXT) snprintf(values->values[i].s, sizeof values->values[i].s, "%s", (const char *)value);
    return true;
}

/* The options as the log shows them, "NagleTime=0 ..."; false when one of them is none. */
static bool take(Values *values, int count, const Option *given, char *text, size_t size) {
    text[0] = 0;
    for (int n = 0; n < count; n++) {
        const void *value = given[n].kind == TEXT ? (const void *)given[n].value.s : (const void *)&given[n].value;
        int i = known(given[n].id);
        if (!set(values, given[n].id, given[n].kind, value)) return false;
        size_t used = strlen(text);
        if (given[n].kind == INT) snprintf(text + used, size - used, " %s=%d", options[i].name, given[n].value.i);
        if (given[n].kind == FLOAT) snprintf(text + used, size - used, " %s=%g", options[i].name, given[n].value.f);
        if (given[n].kind == TEXT) snprintf(text + used, size - used, " %s='%s'", options[i].name, given[n].value.s);
    }
    return true;
}

/* --- Messages -------------------------------------------------------------------------------------------------------- */

static void release(Message *message) {
    free(message->data);
    free(message);
    world.alive--;
}

static Held *hold(int32_t size) {
    Held *held = calloc(1, sizeof *held);
    held->message.data = size > 0 ? malloc((size_t)size) : NULL;
    held->message.size = size;
    held->message.release = release;
    world.alive++;
    return held;
}

static void push(Inbox *inbox, Held *held) {
    held->next = NULL;
    if (inbox->last) inbox->last->next = held;
    else inbox->first = held;
    inbox->last = held;
}

static Held *pop(Inbox *inbox) {
    Held *held = inbox->first;
    if (held) inbox->first = held->next;
    if (!inbox->first) inbox->last = NULL;
    return held;
}

static void arrive(Connection *at, Held *held) {
    held->message.connection = at->handle;
    held->message.peer = at->info.peer;
    held->message.flags &= RELIABLE;
    held->message.received = now();
    held->order = ++world.last_order;
    push(&at->in, held);
}

/* What waited for the route goes to the partner, or comes back from the friend. */
static void flush(Connection *from) {
    Connection *to = from->friend_id ? from : find(from->partner);
    for (Held *held; from->info.state == CONNECTED && (held = pop(&from->out));)
        if (to) arrive(to, held);
        else release(&held->message);
}

static int64_t refusal(const Connection *connection, int32_t size, int32_t flags, uint16_t lane) {
    if (!connection || lane >= COUNT(connection->numbers)) return INVALID_PARAM;
    if (connection->info.state > CONNECTED) return NO_CONNECTION;
    if (size > MOST_BYTES) return LIMIT_EXCEEDED;
    return connection->info.state != CONNECTED && (flags & NO_DELAY) ? IGNORED : 0;
}

/* The number that the message got, or what refuses it, negative: it is released then. */
static int64_t send(Held *held) {
    Connection *from = find(held->message.connection);
    int64_t refused = refusal(from, held->message.size, held->message.flags, held->message.lane);
    if (refused) {
        release(&held->message);
        return -refused;
    }
    int64_t number = held->message.number = ++from->numbers[held->message.lane];
    push(&from->out, held);
    flush(from);
    return number;
}

/* --- Connections ----------------------------------------------------------------------------------------------------- */

static Connection *create(uint64_t peer, const char *description) {
    for (int i = 0; i < COUNT(world.connections); i++) {
        Connection *connection = &world.connections[i];
        if (connection->handle) continue;
        *connection = (Connection){.handle = 0x51000000u + ++world.last_handle, .options = *global()};
        connection->info.peer = person(peer);
        connection->info.flags = RELAYED;
        snprintf(connection->info.description, sizeof connection->info.description, "#%u %s", world.last_handle, description);
        return connection;
    }
    check(false, "too many connections");
    return &world.connections[0];
}

static void destroy(Connection *connection) {
    for (Held *held; (held = pop(&connection->in));) release(&held->message);
    for (Held *held; (held = pop(&connection->out));) release(&held->message);
    connection->handle = 0;
}

static void ring(Connection *caller) {
    uint64_t id = caller->info.peer.is.steam_id;
    Listener *at = listening(caller->by_ip, caller->port);
    for (int i = 0; i < COUNT(world.friends); i++)
        if (!caller->by_ip && id && world.friends[i].id == id && world.friends[i].port == caller->port) {
            caller->friend_id = id;
            caller->due = FIND_ROUTE;
            return;
        }
    if (!at || (!caller->by_ip && id != world.user)) {
        become(caller, PROBLEM, RENDEZVOUS, "nobody answers there");
        return;
    }
    Connection *called = create(world.user, caller->info.description);
    called->info.listen = at->handle;
    called->options = at->options;
    called->partner = caller->handle;
    caller->partner = called->handle;
    become(called, CONNECTING, 0, "");
}

static void step(Connection *connection) {
    Due due = connection->due;
    connection->due = REST;
    if (due == RING) ring(connection);
    if (due == FIND_ROUTE) {
        become(connection, FINDING_ROUTE, 0, "");
        connection->due = CONNECT;
    }
    if (due == CONNECT) {
        become(connection, CONNECTED, 0, "");
        flush(connection);
    }
}

static uint32_t begin(uint64_t peer, bool by_ip, int port, const Values *values) {
    Connection *connection = create(peer, by_ip ? "by address" : "by Steam");
    connection->by_ip = by_ip;
    connection->port = port;
    connection->options = *values;
    connection->due = RING;
    become(connection, CONNECTING, 0, "");
    return connection->handle;
}

static uint32_t listen_at(bool by_ip, int port, Address address, const Values *values) {
    if (listening(by_ip, port)) return 0;
    for (int i = 0; i < COUNT(world.listeners); i++)
        if (!world.listeners[i].handle) {
            world.listeners[i] = (Listener){0x1500u + ++world.last_handle, port, by_ip, address, *values};
            return world.listeners[i].handle;
        }
    return 0;
}

/* --- What tests script and ask (none of it is Steam's) ----------------------------------------------------------------- */

EXPORT void stub_init(int result, const char *text) {
    world.init_result = result;
    snprintf(world.init_text, sizeof world.init_text, "%s", text);
}
EXPORT void stub_client_too_old(void) { world.client_too_old = true; }
EXPORT void stub_user(uint64_t id) { world.user = id; }

/* A friend who listens at a virtual port, accepts everybody and sends back what arrives. */
EXPORT void stub_friend(uint64_t id, int port) {
    static int count;
    world.friends[count++ % COUNT(world.friends)] = (Friend){id, port};
}

/* A friend connects to us; false when nobody listens there. */
EXPORT bool stub_friend_connects(uint64_t id, int port) {
    Listener *at = listening(false, port);
    if (!at) return false;
    Connection *called = create(id, "by Steam");
    called->friend_id = id;
    called->info.listen = at->handle;
    called->options = at->options;
    become(called, CONNECTING, 0, "");
    return true;
}

EXPORT void stub_friend_leaves(uint64_t id, int reason, const char *debug) {
    for (int i = 0; i < COUNT(world.connections); i++)
        if (world.connections[i].handle && world.connections[i].friend_id == id)
            become(&world.connections[i], CLOSED_BY_PEER, reason, debug);
}

/* What InitAuthentication leads to, one status for each step of the world. */
EXPORT void stub_authentication(const int *statuses, int count) {
    world.auth_count = count < COUNT(world.auth_script) ? count : COUNT(world.auth_script);
    memcpy(world.auth_script, statuses, (size_t)world.auth_count * sizeof *statuses);
    world.auth_next = 0;
}
EXPORT const char *stub_log(void) { return world.log; }
EXPORT int stub_alive(void) { return world.alive; }
EXPORT int stub_wrong(void) { return world.wrong; }

/* At the end of the process, which is too late for anybody to ask. */
__attribute__((destructor)) static void unloaded(void) {
    if (world.open || world.alive || world.wrong)
        fprintf(stderr, "Steam at exit: open=%d alive=%d wrong=%d\n", world.open, world.alive, world.wrong);
}

/* --- Opening, closing, pumping ----------------------------------------------------------------------------------------- */

#if STUB_INIT < 58
EXPORT bool SteamAPI_Init(void) {
    record("Init");
    return world.open = world.init_result == 0;
}
#else
static int32_t start(char (*text)[1024]) {
    if (text) memcpy(*text, world.init_text, sizeof *text);
    world.open = world.init_result == 0;
    return world.init_result;
}

EXPORT int32_t SteamInternal_SteamAPI_Init(const char *interfaces, char (*text)[1024]) {
    check(interfaces == NULL, "only the C++ headers list interfaces");
    record("InternalInit");
    return start(text);
}
#if STUB_INIT >= 59
EXPORT int32_t SteamAPI_InitFlat(char (*text)[1024]) {
    record("InitFlat");
    return start(text);
}
#endif
#endif

EXPORT void SteamAPI_Shutdown(void) {
    int left = 0;
    for (int i = 0; i < COUNT(world.connections); i++) left += world.connections[i].handle != 0;
    for (int i = 0; i < COUNT(world.listeners); i++) left += world.listeners[i].handle != 0;
    for (int i = 0; i < COUNT(world.groups); i++) left += world.groups[i] != 0;
    record("Shutdown left=%d", left);
    check(world.open, __func__);
    world.open = false;
    world.event_count = 0;
}

EXPORT void SteamAPI_RunCallbacks(void) {
    check(world.open, __func__);
    for (int i = 0; i < COUNT(world.connections); i++)
        if (world.connections[i].handle) step(&world.connections[i]);
    if (world.auth_runs && world.auth_next < world.auth_count) {
        Event *told = event();
        *told = (Event){.on_auth = world.on_auth, .auth = {.status = world.auth_script[world.auth_next++]}};
        world.auth_status = told->auth.status;
        snprintf(told->auth.debug, sizeof told->auth.debug, "the stub's status %d", world.auth_status);
    }
}

#define SOCKETS_ACCESSOR NAME(SteamAPI_SteamNetworkingSockets_SteamAPI_v0, STUB_SOCKETS)
EXPORT void *SOCKETS_ACCESSOR(void) { return world.open && !world.client_too_old ? &interface_sockets : NULL; }
EXPORT void *SteamAPI_SteamNetworkingUtils_SteamAPI_v004(void) { return world.open ? &interface_utils : NULL; }

EXPORT void SteamAPI_ISteamNetworkingSockets_RunCallbacks(void *self) {
    SOCKETS(self);
    for (int i = 0; i < world.event_count; i++) {
        Event told = world.events[i];
        if (told.on_change) told.on_change(&told.change);
        if (told.on_auth) told.on_auth(&told.auth);
    }
    world.event_count = 0;
}

/* --- ISteamNetworkingSockets ------------------------------------------------------------------------------------------- */

EXPORT uint32_t SteamAPI_ISteamNetworkingSockets_CreateListenSocketP2P(void *self, int port, int count, const Option *given) {
    char text[512];
    Values values = *global();
    SOCKETS(self);
    bool well = take(&values, count, given, text, sizeof text);
    record("CreateListenSocketP2P port=%d%s", port, text);
    return well ? listen_at(false, port, (Address){{0}, 0}, &values) : 0;
}

EXPORT uint32_t SteamAPI_ISteamNetworkingSockets_ConnectP2P(
    void *self, const Identity *peer, int port, int count, const Option *given) {
    char text[512];
    Values values = *global();
    SOCKETS(self);
    bool well = take(&values, count, given, text, sizeof text);
    record("ConnectP2P identity=%s port=%d%s", hex(peer), port, text);
    return well && peer->type == STEAM_ID ? begin(peer->is.steam_id, false, port, &values) : 0;
}

EXPORT uint32_t SteamAPI_ISteamNetworkingSockets_CreateListenSocketIP(
    void *self, const Address *address, int count, const Option *given) {
    char text[512];
    Values values = *global();
    SOCKETS(self);
    bool well = take(&values, count, given, text, sizeof text);
    record("CreateListenSocketIP last=%d port=%s%s", address->ip[15], address->port ? "some" : "0", text);
    return well ? listen_at(true, address->port, *address, &values) : 0;
}

EXPORT uint32_t SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(
    void *self, const Address *address, int count, const Option *given) {
    char text[512];
    Values values = *global();
    SOCKETS(self);
    bool well = take(&values, count, given, text, sizeof text);
    record("ConnectByIPAddress last=%d%s", address->ip[15], text);
    return well ? begin(world.user, true, address->port, &values) : 0;
}

EXPORT int32_t SteamAPI_ISteamNetworkingSockets_AcceptConnection(void *self, uint32_t handle) {
    Connection *connection = find(handle), *partner;
    SOCKETS(self);
    if (!connection) return INVALID_PARAM;
    if (connection->info.state != CONNECTING || !connection->info.listen) return INVALID_STATE;
    become(connection, FINDING_ROUTE, 0, "");
    connection->due = CONNECT;
    if ((partner = find(connection->partner))) partner->due = FIND_ROUTE;
    return OK;
}

EXPORT bool SteamAPI_ISteamNetworkingSockets_CloseConnection(
    void *self, uint32_t handle, int reason, const char *debug, bool linger) {
    Connection *connection = find(handle), *partner;
    SOCKETS(self);
    record("CloseConnection reason=%d debug='%s' linger=%d%s", reason, debug, linger, connection ? "" : " unknown");
    if (!connection) return false;
    if ((partner = find(connection->partner)) && partner->info.state < CLOSED_BY_PEER)
        become(partner, CLOSED_BY_PEER, reason, debug);
    destroy(connection);
    return true;
}

EXPORT bool SteamAPI_ISteamNetworkingSockets_CloseListenSocket(void *self, uint32_t handle) {
    Listener *at = listener(handle);
    SOCKETS(self);
    record("CloseListenSocket%s", at ? "" : " unknown");
    if (!at) return false;
    for (int i = 0; i < COUNT(world.connections); i++) {
        Connection *connection = &world.connections[i], *partner;
        if (!connection->handle || connection->info.listen != handle) continue;
        if ((partner = find(connection->partner))) become(partner, PROBLEM, TIMEOUT, "the other side fell silent");
        destroy(connection);
    }
    at->handle = 0;
    return true;
}

EXPORT bool SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(void *self, uint32_t handle, Address *address) {
    Listener *at = listener(handle);
    SOCKETS(self);
    if (!at || !at->by_ip) return false;
    *address = at->address;
    return true;
}

EXPORT bool SteamAPI_ISteamNetworkingSockets_CreateSocketPair(
    void *self, uint32_t *one, uint32_t *other, bool network, const Identity *first, const Identity *second) {
    SOCKETS(self);
    record("CreateSocketPair network=%d identities=%d", network, (first != NULL) + (second != NULL));
    Connection *a = create(world.user, "pair"), *b = create(world.user, "pair");
    a->partner = b->handle;
    b->partner = a->handle;
    a->info.state = b->info.state = CONNECTED;
    *one = a->handle;
    *other = b->handle;
    return true;
}

EXPORT void SteamAPI_ISteamNetworkingSockets_SetConnectionName(void *self, uint32_t handle, const char *name) {
    Connection *connection = find(handle);
    SOCKETS(self);
    if (connection) snprintf(connection->name, sizeof connection->name, "%s", name);
}

EXPORT bool SteamAPI_ISteamNetworkingSockets_GetConnectionName(void *self, uint32_t handle, char *name, int size) {
    Connection *connection = find(handle);
    SOCKETS(self);
    if (connection) snprintf(name, (size_t)size, "%s", connection->name);
    return connection != NULL;
}

EXPORT bool SteamAPI_ISteamNetworkingSockets_SetConnectionUserData(void *self, uint32_t handle, int64_t data) {
    Connection *connection = find(handle);
    SOCKETS(self);
    if (connection) connection->info.user_data = data;
    return connection != NULL;
}

EXPORT int64_t SteamAPI_ISteamNetworkingSockets_GetConnectionUserData(void *self, uint32_t handle) {
    Connection *connection = find(handle);
    SOCKETS(self);
    return connection ? connection->info.user_data : -1;
}

EXPORT int32_t SteamAPI_ISteamNetworkingSockets_ConfigureConnectionLanes(
    void *self, uint32_t handle, int count, const int *priorities, const uint16_t *weights) {
    SOCKETS(self);
    if (!find(handle) || count < 1) return INVALID_PARAM;
    record("ConfigureConnectionLanes count=%d first=%d:%d", count, priorities[0], weights[0]);
    return OK;
}

EXPORT int32_t SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
    void *self, uint32_t handle, const void *data, uint32_t size, int flags, int64_t *number) {
    SOCKETS(self);
    Held *held = hold((int32_t)size);
    if (size) memcpy(held->message.data, data, size);
    held->message.connection = handle;
    held->message.flags = flags;
    int64_t result = send(held);
    if (number && result > 0) *number = result;
    return result > 0 ? OK : (int32_t)-result;
}

static void send_all(int count, Message *const *messages, int64_t *results) {
    for (int i = 0; i < count; i++) {
        int64_t result = messages[i] ? send((Held *)messages[i]) : -INVALID_PARAM;
        if (results) results[i] = result;
    }
}

#if STUB_SOCKETS >= 13
EXPORT void SteamAPI_ISteamNetworkingSockets_SendMessages(
    void *self, int count, Message **messages, int64_t *results, bool delete_failed) {
    SOCKETS(self);
    check(delete_failed, "SendMessages would leave messages behind");
    record("SendMessages count=%d delete=%d", count, delete_failed);
    send_all(count, messages, results);
}
#else
EXPORT void SteamAPI_ISteamNetworkingSockets_SendMessages(
    void *self, int count, Message *const *messages, int64_t *results) {
    SOCKETS(self);
    record("SendMessages count=%d", count);
    send_all(count, messages, results);
}
#endif

EXPORT int32_t SteamAPI_ISteamNetworkingSockets_FlushMessagesOnConnection(void *self, uint32_t handle) {
    SOCKETS(self);
    return find(handle) ? OK : INVALID_PARAM;
}

static Connection *oldest(uint32_t of_group, uint32_t of_connection) {
    Connection *found = NULL;
    for (int i = 0; i < COUNT(world.connections); i++) {
        Connection *connection = &world.connections[i];
        if (!connection->handle || !connection->in.first) continue;
        if (of_group ? connection->group != of_group : connection->handle != of_connection) continue;
        if (!found || connection->in.first->order < found->in.first->order) found = connection;
    }
    return found;
}

static int receive(uint32_t of_group, uint32_t of_connection, Message **messages, int most) {
    int count = 0;
    for (Connection *from; count < most && (from = oldest(of_group, of_connection));)
        messages[count++] = &pop(&from->in)->message;
    return count;
}

EXPORT int SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(
    void *self, uint32_t handle, Message **messages, int most) {
    SOCKETS(self);
    return find(handle) ? receive(0, handle, messages, most) : -1;
}

EXPORT int SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(
    void *self, uint32_t handle, Message **messages, int most) {
    SOCKETS(self);
    return group(handle) ? receive(handle, 0, messages, most) : -1;
}

EXPORT void SteamAPI_SteamNetworkingMessage_t_Release(Message *message) { message->release(message); }

EXPORT uint32_t SteamAPI_ISteamNetworkingSockets_CreatePollGroup(void *self) {
    SOCKETS(self);
    for (int i = 0; i < COUNT(world.groups); i++)
        if (!world.groups[i]) return world.groups[i] = 0x2600u + ++world.last_handle;
    return 0;
}

EXPORT bool SteamAPI_ISteamNetworkingSockets_DestroyPollGroup(void *self, uint32_t handle) {
    uint32_t *found = group(handle);
    SOCKETS(self);
    record("DestroyPollGroup%s", found ? "" : " unknown");
    if (found) *found = 0;
    return found != NULL;
}

EXPORT bool SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(void *self, uint32_t handle, uint32_t to) {
    Connection *connection = find(handle);
    SOCKETS(self);
    if (!connection || (to && !group(to))) return false;
    connection->group = to;
    return true;
}

EXPORT bool SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(void *self, uint32_t handle, Info *info) {
    Connection *connection = find(handle);
    SOCKETS(self);
    if (connection) *info = connection->info;
    return connection != NULL;
}

EXPORT int32_t SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(
    void *self, uint32_t handle, RealTime *status, int lanes, void *lane_statuses) {
    Connection *connection = find(handle);
    SOCKETS(self);
    check(!lanes == !lane_statuses, "lanes without room for them");
    if (!connection) return NO_CONNECTION;
    *status = (RealTime){connection->info.state, 31, 0.75f, 0.5f, 1, 2, 3, 4, 262144, 11, 22, 33, 44000, {0}};
    return OK;
}

EXPORT int SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus(void *self, uint32_t handle, char *text, int size) {
    Connection *connection = find(handle);
    SOCKETS(self);
    if (!connection) return -1;
    int needed = snprintf(text, (size_t)size, "the stub's details of %s\n", connection->info.description);
    return needed < size ? 0 : needed + 1;
}

EXPORT bool SteamAPI_ISteamNetworkingSockets_GetIdentity(void *self, Identity *identity) {
    SOCKETS(self);
    *identity = person(world.user);
    return world.user != 0;
}

EXPORT int32_t SteamAPI_ISteamNetworkingSockets_InitAuthentication(void *self) {
    SOCKETS(self);
    record("InitAuthentication");
    world.auth_runs = true;
    return world.auth_status;
}

EXPORT int32_t SteamAPI_ISteamNetworkingSockets_GetAuthenticationStatus(void *self, Auth *details) {
    SOCKETS(self);
    if (details) {
        details->status = world.auth_status;
        snprintf(details->debug, sizeof details->debug, "the stub's status %d", world.auth_status);
    }
    return world.auth_status;
}

/* --- ISteamNetworkingUtils --------------------------------------------------------------------------------------------- */

EXPORT Message *SteamAPI_ISteamNetworkingUtils_AllocateMessage(void *self, int size) {
    UTILS(self);
    return &hold(size)->message;
}

#ifndef STUB_NO_RELAY
EXPORT void SteamAPI_ISteamNetworkingUtils_InitRelayNetworkAccess(void *self) {
    UTILS(self);
    record("InitRelayNetworkAccess");
}
#endif

EXPORT int64_t SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(void *self) {
    UTILS(self);
    return now();
}

EXPORT void SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction(void *self, int32_t level, void (*output)(int, const char *)) {
    UTILS(self);
    if (output) output(5, "the stub speaks\n");
    record("SetDebugOutputFunction %s", output && level ? "on" : "off");
}

EXPORT bool SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(void *self, OnChange handler) {
    UTILS(self);
    world.on_change = handler;
    return true;
}

EXPORT bool SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetAuthenticationStatusChanged(void *self, OnAuth handler) {
    UTILS(self);
    world.on_auth = handler;
    return true;
}

static Values *values_of(int32_t scope, intptr_t object) {
    Connection *connection = find((uint32_t)object);
    return scope == GLOBAL ? global() : scope == CONNECTION && connection ? &connection->options : NULL;
}

EXPORT bool SteamAPI_ISteamNetworkingUtils_SetConfigValue(
    void *self, int32_t id, int32_t scope, intptr_t object, int32_t kind, const void *value) {
    Values *values = values_of(scope, object);
    UTILS(self);
    return values && set(values, id, kind, value);
}

EXPORT int32_t SteamAPI_ISteamNetworkingUtils_GetConfigValue(
    void *self, int32_t id, int32_t scope, intptr_t object, int32_t *kind, void *result, size_t *size) {
    Values *values = values_of(scope, object);
    int i = known(id);
    UTILS(self);
    if (i < 0) return -1;
    if (!values) return -2;
    const Value *value = &values->values[i];
    const void *from = options[i].kind == INT ? (const void *)&value->i : options[i].kind == FLOAT ? (const void *)&value->f : value->s;
    size_t needed = options[i].kind == TEXT ? strlen(value->s) + 1 : 4;
    if (*size < needed) return -3;
    memcpy(result, from, *size = needed);
    *kind = options[i].kind;
    return 1;
}

EXPORT const char *SteamAPI_ISteamNetworkingUtils_GetConfigValueInfo(void *self, int32_t id, int32_t *kind, int32_t *scope) {
    int i = known(id);
    UTILS(self);
    if (i < 0) return NULL;
    if (kind) *kind = options[i].kind;
    if (scope) *scope = CONNECTION;
    return options[i].name;
}
