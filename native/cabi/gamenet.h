// Generated from native/cabi/src by cbindgen. Change it there, then: UPDATE_HEADER=1 cargo test --release -p gamenet-cabi --test header

// An argument is missing, out of range or not what the function takes.
#define GN_E_ARGUMENT -2

// A certificate, a request, a root or a key that is not good.
#define GN_E_CERTIFICATE -11

// What the call needs is not open (any more).
#define GN_E_CLOSED -3

// A handle that nothing stands behind.
#define GN_E_HANDLE -5

// An identity that cannot be, or cannot be connected to.
#define GN_E_IDENTITY -13

// The address is taken by somebody else.
#define GN_E_IN_USE -9

// A limit that the caller set, or that the format has, would be passed.
#define GN_E_LIMIT -7

// Bytes from outside that do not follow the format.
#define GN_E_MALFORMED -6

// What can be open only once is open already.
#define GN_E_OPEN -4

// An option's value that it does not take, there or then.
#define GN_E_OPTION -14

// A bug on our side: the code panicked. The state behind it may be half changed.
#define GN_E_PANIC -1

// The operating system or the library underneath refused.
#define GN_E_REFUSED -8

// The Steam network's library cannot be used.
#define GN_E_UNAVAILABLE -10

// A proof of identity is asked for that cannot be given or checked yet.
#define GN_E_UNPROVEN -12

// An authority: a private key.
typedef struct GnAuthority GnAuthority;

// A decoder and what it hands out.
typedef struct GnDecoder GnDecoder;

// An encoder and what it hands out.
typedef struct GnEncoder GnEncoder;

// The format of messages without any state: the readable twin is held to it.
typedef struct GnFormat GnFormat;

// Rows of one table, row-major.
typedef struct {
  const uint32_t *ids;
  const double *floats;
  const int64_t *ints;
  size_t rows;
  size_t float_count;
  size_t int_count;
  uint32_t table;
} GnRows;

// Rows to send, who computes each and in which owner term.
typedef struct {
  GnRows rows;
  const uint16_t *computed_by;
  const uint8_t *terms;
  size_t computed_count;
  size_t term_count;
} GnPart;

// A value that left its range and what it has to read now.
typedef struct {
  double value;
  uint32_t table;
  uint32_t id;
  uint32_t field;
} GnClamped;

// One column of a table. `kind` and the meaning of the numbers as in `NumericField` of gamenet/replication/codec;
// `least` and `greatest` are those of the kinds that are integers. `sources` counts the columns of the table that it is predicted
// from, which stand in `source`: none, a velocity, or x and y of a direction; `tick_rate` is read with them.
typedef struct {
  double low;
  double high;
  double step;
  double tick_rate;
  int64_t least;
  int64_t greatest;
  uint32_t source[2];
  uint8_t kind;
  uint8_t smooth;
  uint8_t sources;
} GnField;

// Packed rows: `ends` says where each ends in `bytes`.
typedef struct {
  const uint8_t *bytes;
  const uint64_t *ends;
  size_t count;
} GnPacked;

// Messages to send: 4 numbers for each (peer, message number, start, end), and the bytes that start and end point into.
typedef struct {
  const uint8_t *bodies;
  const int64_t *heads;
  size_t body_bytes;
} GnOutbox;

// How far a group's viewers see. `kind` 0: the nearest `amount`; 1: all up to that distance; 2: in cells of that width.
typedef struct {
  double amount;
  uint8_t kind;
} GnRange;

// Which columns of a table say where its entities are; `group` −1: seen by no range. `lost` 0: they go, 1: freeze, 2: stay seen.
typedef struct {
  uint32_t table;
  uint32_t x;
  uint32_t y;
  int32_t group;
  uint8_t lost;
} GnPlace;

// From where a peer looks: an entity when `follows` is not negative, else x and y.
typedef struct {
  double x;
  double y;
  int64_t follows;
  uint16_t peer;
} GnView;

// Our readiness to authenticate changed.
typedef struct {
  int32_t status;
  char debug[256];
} GnAuth;

// An option's value: `kind` 1 and 2 (32 and 64 bits) have it in `integer`, 3 in `real`, 4 in `text`; 5 is a function and has none.
typedef struct {
  int32_t id;
  int32_t kind;
  int64_t integer;
  float real;
  const char *text;
} GnSetting;

// What is known about a connection. Texts end with a zero.
typedef struct {
  char identity[160];
  char address[64];
  char description[128];
  char debug[128];
  int64_t user_data;
  uint32_t listen_socket;
  int32_t state;
  int32_t end_reason;
  int32_t flags;
} GnInfo;

// An option that exists, with Valve's name and number.
typedef struct {
  int32_t id;
  // As in `GnSetting`.
  int32_t kind;
  // 1: the whole library's alone. 4: of a listen socket or a connection too.
  int32_t scope;
  bool read_only;
  // Whether `lowest` and `highest` say what it takes.
  bool ranged;
  double lowest;
  double highest;
  // The default, as in `GnSetting`. A text is cut to fit.
  int64_t integer;
  float real;
  char text[64];
  char name[64];
} GnOption;

// How a connection does now. Times in seconds, rates a second, sizes in bytes; what the library does not know yet is -1.
// State 0 when there is no such connection.
typedef struct {
  int32_t state;
  int32_t reserved;
  double ping;
  double queue_time;
  double quality_local;
  double quality_remote;
  double out_packets;
  double out_bytes;
  double in_packets;
  double in_bytes;
  double max_jitter;
  int32_t send_rate;
  int32_t pending_unreliable;
  int32_t pending_reliable;
  int32_t sent_unacked_reliable;
} GnRealTime;

// How one lane does now, as in `GnRealTime`.
typedef struct {
  double queue_time;
  int32_t pending_unreliable;
  int32_t pending_reliable;
  int32_t sent_unacked_reliable;
  int32_t reserved;
} GnLane;

// Received messages, packed as `gamenet_sockets::rows` says.
typedef struct {
  const uint8_t *rows;
  size_t size;
} GnBatch;

// A connection went from `old_state` to `info.state`.
typedef struct {
  uint32_t connection;
  int32_t old_state;
  GnInfo info;
} GnChange;

// A log line with Valve's level.
typedef struct {
  int32_t level;
  const char *text;
} GnLog;

// What happened since the last call.
typedef struct {
  const GnChange *changes;
  const GnAuth *auths;
  const GnLog *logs;
  uint32_t change_count;
  uint32_t auth_count;
  uint32_t log_count;
  // Log lines that were dropped because nobody asked for too long.
  uint32_t lost_logs;
} GnEvents;

// What somebody is to carry to `to` (`str:bob`); it is about `connection`, or 0 when it refuses one that never came to be.
typedef struct {
  uint32_t connection;
  uint32_t size;
  const uint8_t *data;
  const char *to;
} GnSignal;

// # Safety
// `encoder` is one that lives.
int64_t gn_codec_add_peer(const GnEncoder *encoder, uint16_t peer);

// `orders` holds three numbers each: a peer, an id, and what that peer is to see of it: 0 no longer wherever it is, 1 wherever it
// is, 2 from now on, 3 no longer, 4 no longer while it keeps what it has,
// 5 nothing until it changes, for its spawn carries the row collected last (peer 65535: nobody needs to see more). The result is the number of changes; `changes` as
// with `gn_codec_look`.
//
// # Safety
// `encoder` is one that lives; `orders` holds as many items as said; `changes` takes a pointer.
int64_t gn_codec_arrange(const GnEncoder *encoder,
                         const int64_t *orders,
                         size_t count,
                         const int64_t **changes);

// Quantises and compares all rows. The result is the number of values that were out of range.
//
// # Safety
// `encoder` is one that lives; the arrays, also those in `parts`, hold as many items as said; `clamped` takes a pointer.
int64_t gn_codec_collect(const GnEncoder *encoder,
                         int64_t tick,
                         const GnPart *parts,
                         size_t part_count,
                         const uint32_t *cuts,
                         size_t cut_count,
                         const GnClamped **clamped);

// The script of a message, given the baselines that the receiver holds. The result is its length, 0 for an unknown baseline.
//
// # Safety
// `format` is one that lives; the arrays hold as many items as said; `script` takes a pointer.
int64_t gn_codec_decode(const GnFormat *format,
                        const uint8_t *bytes,
                        size_t count,
                        const uint64_t *baselines,
                        size_t baseline_count,
                        const uint64_t **script);

// These entities are gone.
//
// # Safety
// `decoder` is one that lives; `ids` holds as many items as said.
int64_t gn_codec_decoder_forget(const GnDecoder *decoder, const uint32_t *ids, size_t id_count);

// # Safety
// `decoder` came from `gn_codec_decoder_new` and is not used again.
int64_t gn_codec_decoder_free(GnDecoder *decoder);

// Makes a decoder for tables of `sizes` fields each.
//
// # Safety
// `fields` and `sizes` hold as many items as said; `decoder` takes a pointer.
int64_t gn_codec_decoder_new(const GnField *fields,
                             size_t field_count,
                             const uint32_t *sizes,
                             size_t table_count,
                             GnDecoder **decoder);

// The bytes of a message given as a script (native/codec/src/script.rs). The result is how many.
//
// # Safety
// `format` is one that lives; `script` holds `count` items; `bytes` takes a pointer.
int64_t gn_codec_encode(const GnFormat *format,
                        const uint64_t *script,
                        size_t count,
                        const uint8_t **bytes);

// These entities are gone, for everybody.
//
// # Safety
// `encoder` is one that lives; `ids` holds as many items as said.
int64_t gn_codec_encoder_forget(const GnEncoder *encoder, const uint32_t *ids, size_t id_count);

// # Safety
// `encoder` came from `gn_codec_encoder_new` and is not used again.
int64_t gn_codec_encoder_free(GnEncoder *encoder);

// Makes an encoder for tables of `sizes` fields each.
//
// # Safety
// `fields` and `sizes` hold as many items as said; `encoder` takes a pointer.
int64_t gn_codec_encoder_new(const GnField *fields,
                             size_t field_count,
                             const uint32_t *sizes,
                             size_t table_count,
                             GnEncoder **encoder);

// # Safety
// `format` came from `gn_codec_format_new` and is not used again.
int64_t gn_codec_format_free(GnFormat *format);

// Makes the format of tables of `sizes` fields each.
//
// # Safety
// `fields` and `sizes` hold as many items as said; `format` takes a pointer.
int64_t gn_codec_format_new(const GnField *fields,
                            size_t field_count,
                            const uint32_t *sizes,
                            size_t table_count,
                            GnFormat **format);

// None of `peers` gets rows of any of `ids` from now on. `freeze`: they keep what they have.
//
// # Safety
// `encoder` is one that lives; the arrays hold as many items as said.
int64_t gn_codec_hide(const GnEncoder *encoder,
                      const uint16_t *peers,
                      size_t peer_count,
                      const uint32_t *ids,
                      size_t id_count,
                      bool freeze);

// `entries` holds 4 numbers each: id, table, source, term. `rows` are full rows at `tick`.
//
// # Safety
// `decoder` is one that lives; the arrays, also those in `rows`, hold as many items as said.
int64_t gn_codec_know(const GnDecoder *decoder,
                      const int64_t *entries,
                      size_t entry_count,
                      const GnRows *rows,
                      size_t rows_count,
                      int64_t tick);

// Looks around for every peer; each sees at most `most` new entities. The result is the number of changes; `changes` has
// three numbers for each: a peer, an id, and whether that peer sees it now.
//
// # Safety
// `encoder` is one that lives; `changes` takes a pointer.
int64_t gn_codec_look(const GnEncoder *encoder,
                      size_t most,
                      const int64_t **changes);

// The newest row of all that changed since the last call. The result is the number of items at `rows`.
//
// # Safety
// `decoder` is one that lives; `rows` takes a pointer.
int64_t gn_codec_newest(const GnDecoder *decoder,
                        const GnRows **rows);

// Rows as they travel with structure: each its units without baseline, padded to whole bytes. The result is the number of bytes.
//
// # Safety
// `format` is one that lives; `rows` holds `count` items whose arrays hold as many as said; `packed` takes one.
int64_t gn_codec_pack(const GnFormat *format,
                      const GnRows *rows,
                      size_t count,
                      GnPacked *packed);

// The units of rows, row-major. The result is how many.
//
// # Safety
// `format` is one that lives, `rows` one whose arrays hold as many items as said; `units` takes a pointer.
int64_t gn_codec_quantise(const GnFormat *format,
                          const GnRows *rows,
                          const uint64_t **units);

// Why a message was malformed, in a sentence that lives for ever.
//
// # Safety
// `text` takes a pointer.
int64_t gn_codec_reason(int64_t reason, const char **text);

// Decodes the messages of a frame. `heads` holds 3 numbers each: sender, tick, bytes; the bodies lie one behind the other.
// `verdicts` gets 3 numbers for each: `Verdict`, what `gn_codec_reason` says why, forged rows.
//
// # Safety
// `decoder` is one that lives; the arrays hold as many items as said; `verdicts` takes a pointer.
int64_t gn_codec_receive(const GnDecoder *decoder,
                         const uint8_t *bodies,
                         size_t body_bytes,
                         const int64_t *heads,
                         size_t message_count,
                         const int64_t **verdicts);

// # Safety
// `encoder` is one that lives.
int64_t gn_codec_remove_peer(const GnEncoder *encoder, uint16_t peer);

// Smooth columns of all in motion, at `moments[i]` for what comes from `sources[i]`.
//
// # Safety
// `decoder` is one that lives; the arrays hold `count` items; `rows` takes a pointer.
int64_t gn_codec_sample(const GnDecoder *decoder,
                        const uint16_t *sources,
                        const double *moments,
                        size_t count,
                        const GnRows **rows);

// What the peers lack. `budgets` holds pairs (peer, bytes), `acks` pairs (peer, message number). The result is the number
// of messages in `outbox`.
//
// # Safety
// `encoder` is one that lives; the arrays hold as many pairs as said; `outbox` takes one.
int64_t gn_codec_send(const GnEncoder *encoder,
                      int64_t tick,
                      const int64_t *budgets,
                      size_t budget_count,
                      const int64_t *acks,
                      size_t ack_count,
                      size_t limit,
                      GnOutbox *outbox);

// Every one of `peers` gets rows of every one of `ids` from now on.
//
// # Safety
// `encoder` is one that lives; the arrays hold as many items as said.
int64_t gn_codec_show(const GnEncoder *encoder,
                      const uint16_t *peers,
                      size_t peer_count,
                      const uint32_t *ids,
                      size_t id_count);

// Says how far each group's viewers see, where entities are, and how much each table weighs (`weight_count` 0: all the same).
//
// # Safety
// `encoder` is one that lives; the arrays hold as many items as said.
int64_t gn_codec_sights(const GnEncoder *encoder,
                        const GnRange *ranges,
                        size_t range_count,
                        const GnPlace *places,
                        size_t place_count,
                        const double *weights,
                        size_t weight_count);

// From where peers look from now on.
//
// # Safety
// `encoder` is one that lives; `views` holds as many items as said.
int64_t gn_codec_view(const GnEncoder *encoder, const GnView *views, size_t count);

// Who has each of these entities. The result is their number; `viewers` has three numbers for each: an id, a peer, and
// whether it stands still there because that peer does not see it any more.
//
// # Safety
// `encoder` is one that lives; `ids` holds as many items as said; `viewers` takes a pointer.
int64_t gn_codec_viewers(const GnEncoder *encoder,
                         const uint32_t *ids,
                         size_t id_count,
                         const int64_t **viewers);

// The sentence of the last fault on this thread (UTF-8, never null), valid through the next three faults on it.
const char *gn_last_error(void);

// Panics on purpose, so that a test can see what becomes of it.
int64_t gn_panic(void);

// Accepts a connection that is coming in; an `EResult`.
int64_t gn_sockets_accept(uint32_t connection);

// Writes how ready we are to authenticate.
//
// # Safety
// `auth` points to a writable `GnAuth`.
int64_t gn_sockets_authentication(GnAuth *auth);

// Lets go of an authority and wipes its key.
//
// # Safety
// `authority` came from here and was not let go before.
int64_t gn_sockets_authority_destroy(GnAuthority *authority);

// Makes a new authority.
//
// # Safety
// `out` points to a writable pointer.
int64_t gn_sockets_authority_generate(GnAuthority **out);

// The number that certificates name the authority by.
//
// # Safety
// `authority` came from here, `id` points to a writable number.
int64_t gn_sockets_authority_id(const GnAuthority *authority, uint64_t *id);

// Writes a certificate for who sent `request`, good from now on for `seconds`; returns its length. `identity` is null for whoever the request says.
//
// # Safety
// `authority` came from here, `request` has `request_size` bytes, `identity` is null or zero-terminated, `buffer` has `size` writable bytes.
int64_t gn_sockets_authority_issue(const GnAuthority *authority,
                                   const uint8_t *request,
                                   size_t request_size,
                                   const char *identity,
                                   double seconds,
                                   uint8_t *buffer,
                                   size_t size);

// Makes the authority whose key stands in `pem` (PKCS#8).
//
// # Safety
// `pem` has `size` bytes, `out` points to a writable pointer.
int64_t gn_sockets_authority_read(const uint8_t *pem, size_t size, GnAuthority **out);

// Writes the root that others trust the authority by, as text; returns its length.
//
// # Safety
// `authority` came from here, `buffer` has `size` writable bytes.
int64_t gn_sockets_authority_root(const GnAuthority *authority, char *buffer, size_t size);

// Writes the private key as PEM; returns its length.
//
// # Safety
// `authority` came from here, `buffer` has `size` writable bytes.
int64_t gn_sockets_authority_write(const GnAuthority *authority, uint8_t *buffer, size_t size);

// Writes what an authority needs in order to certify us; returns its length.
//
// # Safety
// `buffer` has `size` writable bytes.
int64_t gn_sockets_certificate_request(uint8_t *buffer, size_t size);

// Lets an option follow the next wider scope again, or for the library be the default; scopes as in `gn_sockets_set_option`.
int64_t gn_sockets_clear_option(int32_t kind,
                                uint32_t handle,
                                int32_t id);

// Closes the library and all that it made; 1 if it was open.
int64_t gn_sockets_close(void);

// Closes a connection; 1 if there was one.
//
// # Safety
// `debug` is zero-terminated.
int64_t gn_sockets_close_connection(uint32_t connection,
                                    int32_t reason,
                                    const char *debug,
                                    bool linger);

// Destroys a listen socket and the connections that came in on it; 1 if there was one.
int64_t gn_sockets_close_listen_socket(uint32_t listen);

// Splits what a connection sends into `count` lanes with a priority and a weight each; an `EResult`.
//
// # Safety
// Both arrays have `count` items.
int64_t gn_sockets_configure_lanes(uint32_t connection,
                                   const int32_t *priorities,
                                   const uint16_t *weights,
                                   size_t count);

// Begins to connect to `address` (`ip:port`) and returns the connection.
//
// # Safety
// `address` is zero-terminated, `options` has `count` settings.
int64_t gn_sockets_connect(const char *address, const GnSetting *options, size_t count);

// Begins to connect to `identity` (`str:bob`) on a virtual port of theirs, and returns the connection.
// When a symmetric connection to them is in the way, `existing` says which.
//
// # Safety
// `identity` is zero-terminated, `options` has `count` settings, `existing` is writable.
int64_t gn_sockets_connect_p2p(const char *identity,
                               int32_t virtual_port,
                               const GnSetting *options,
                               size_t count,
                               uint32_t *existing);

// Makes a poll group and returns it.
int64_t gn_sockets_create_poll_group(void);

// Destroys a poll group; 1 if there was one.
int64_t gn_sockets_destroy_poll_group(uint32_t group);

// Writes several lines about a connection for a person; returns how long they are uncut.
//
// # Safety
// `buffer` has `size` writable bytes.
int64_t gn_sockets_detailed(uint32_t connection, char *buffer, size_t size);

// Sends what waits for company on `count` connections. Writes an `EResult` for each; returns how many were refused.
//
// # Safety
// Both columns have `count` items.
int64_t gn_sockets_flush(const uint32_t *connections,
                         size_t count,
                         int32_t *results);

// Reads an option; scopes as in `gn_sockets_set_option`. Fills `setting` and, for a text, `buffer`. Returns how long a text is uncut.
//
// # Safety
// `setting` points to a writable setting, `buffer` to `size` writable bytes.
int64_t gn_sockets_get_option(int32_t kind,
                              uint32_t handle,
                              int32_t id,
                              GnSetting *setting,
                              char *buffer,
                              size_t size);

// Writes our own identity; 0 when we have none.
//
// # Safety
// `buffer` has `size` writable bytes.
int64_t gn_sockets_identity(char *buffer, size_t size);

// Writes what is known about a connection.
//
// # Safety
// `info` points to a writable `GnInfo`.
int64_t gn_sockets_info(uint32_t connection, GnInfo *info);

// Begins to become able to authenticate and writes the status.
//
// # Safety
// `auth` points to a writable `GnAuth`.
int64_t gn_sockets_init_authentication(GnAuth *auth);

// In the child of a process in which the library was open: when the child exits, what the library has registered for that is passed over.
//
// It would wait for a thread, or for a lock that a thread held, and neither is there any more: the child would hang, or abort. So the child ends
// behind what was registered since the fork; what was buffered is written, and handlers that other C code registered before are passed over as well.
int64_t gn_sockets_left_behind(void);

// Listens on `address` (`ip:port`, port 0 for one of the system's choice) and returns the listen socket.
//
// # Safety
// `address` is zero-terminated, `options` has `count` settings.
int64_t gn_sockets_listen(const char *address,
                          const GnSetting *options,
                          size_t count);

// Writes where a listen socket is bound, as `ip:port`.
//
// # Safety
// `buffer` has `size` writable bytes.
int64_t gn_sockets_listen_address(uint32_t listen, char *buffer, size_t size);

// Listens on a virtual port for who connects to our identity, and returns the listen socket.
//
// # Safety
// `options` has `count` settings.
int64_t gn_sockets_listen_p2p(int32_t virtual_port, const GnSetting *options, size_t count);

// Writes a connection's name.
//
// # Safety
// `buffer` has `size` writable bytes.
int64_t gn_sockets_name(uint32_t connection, char *buffer, size_t size);

// Opens the library. `identity` may be empty; `now` is the caller's monotonic clock in seconds, which receive times are given on.
//
// # Safety
// `identity` is a zero-terminated string.
int64_t gn_sockets_open(const char *identity,
                        int32_t log_level,
                        double now);

// Opens the Steam network in its place, out of the `libsteam_api` at `path`.
//
// # Safety
// `path` is a zero-terminated string.
int64_t gn_sockets_open_steam(const char *path, int32_t log_level, double now);

// Writes the options that exist, at most `count`; returns how many there are.
//
// # Safety
// `options` has room for `count`.
int64_t gn_sockets_options(GnOption *options, size_t count);

// Makes two connections to each other, through buffers or through the machine's network. Their identities may be empty.
//
// # Safety
// The identities are zero-terminated, `connections` has room for two.
int64_t gn_sockets_pair(bool through_network,
                        const char *first,
                        const char *second,
                        uint32_t *connections);

// Writes how each of `count` connections does; returns how many of them exist.
//
// # Safety
// Both columns have `count` items.
int64_t gn_sockets_real_time(const uint32_t *connections, size_t count, GnRealTime *statuses);

// Writes how a connection and its first `count` lanes do; 1 if there is such a connection.
//
// # Safety
// `status` points to a writable `GnRealTime`, `lanes` has room for `count`.
int64_t gn_sockets_real_time_lanes(uint32_t connection,
                                   GnRealTime *status,
                                   GnLane *lanes,
                                   size_t count);

// Takes up to `limit` messages that wait on a connection; returns how many.
//
// # Safety
// `batch` points to a writable `GnBatch`.
int64_t gn_sockets_receive_on_connection(uint32_t connection, size_t limit, GnBatch *batch);

// Takes up to `limit` messages that wait on a poll group; returns how many.
//
// # Safety
// `batch` points to a writable `GnBatch`.
int64_t gn_sockets_receive_on_poll_group(uint32_t group, size_t limit, GnBatch *batch);

// Takes a signal from another peer: 1 when the library did, 0 when it was refused, which a log line tells.
// `sender` is who brought it says that it is from; null when that is not known.
//
// # Safety
// `data` has `size` bytes, `sender` is null or zero-terminated.
int64_t gn_sockets_receive_signal(const uint8_t *data,
                                  size_t size,
                                  const char *sender);

// Runs the library's callbacks and gives what they said, with all log lines. Returns how many things that is.
//
// # Safety
// `events` points to a writable `GnEvents`.
int64_t gn_sockets_run_callbacks(GnEvents *events);

// Sends `count` messages, packed as `gamenet_sockets::rows` says. Writes an `EResult` for each; returns how many were refused.
//
// # Safety
// `rows` has `size` bytes, `results` room for `count`.
int64_t gn_sockets_send(const uint8_t *rows,
                        size_t size,
                        int32_t *results,
                        size_t count);

// Sends one message; an `EResult`.
//
// # Safety
// `data` has `size` bytes.
int64_t gn_sockets_send_one(uint32_t connection, const uint8_t *data, size_t size, int32_t flags);

// Uses a certificate for all connections to come.
//
// # Safety
// `certificate` has `size` bytes.
int64_t gn_sockets_set_certificate(const uint8_t *certificate, size_t size);

// Log lines up to this of Valve's levels (0 none … 8 everything) are queued from now on.
int64_t gn_sockets_set_log_level(int32_t level);

// Names a connection for log lines and descriptions.
//
// # Safety
// `name` is zero-terminated.
int64_t gn_sockets_set_name(uint32_t connection, const char *name);

// Sets an option of what `kind` and `handle` stand for: 1 the library (any handle), 3 a listen socket, 4 a connection.
//
// # Safety
// `setting` points to a setting as `GnSetting` says.
int64_t gn_sockets_set_option(int32_t kind,
                              uint32_t handle,
                              const GnSetting *setting);

// Puts a connection into a poll group, or with group 0 into none; 1 if both exist.
int64_t gn_sockets_set_poll_group(uint32_t connection, uint32_t group);

// Gives a connection a number of the program's own.
int64_t gn_sockets_set_user_data(uint32_t connection, int64_t data);

// Takes the signals that wait to be carried, oldest first; returns how many.
//
// # Safety
// `signals` points to a writable pointer.
int64_t gn_sockets_signals(const GnSignal **signals);

// Trusts the authority with this root until the library closes.
//
// # Safety
// `root` is zero-terminated.
int64_t gn_sockets_trust(const char *root);

// Writes the number that `gn_sockets_set_user_data` gave, or -1.
//
// # Safety
// `data` points to a writable number.
int64_t gn_sockets_user_data(uint32_t connection, int64_t *data);
