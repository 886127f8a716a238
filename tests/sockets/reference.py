"""From the reference to Python: every function, argument, flag, result, callback, state, status and option of the
reference for Steam's networking sockets, under the name that it has here, and the test that proves it.

The one place where this is written. The tables of docs/sockets/reference.md are made from it, and test_reference.py
holds it to what is really there: names that exist, tests that run, and nothing public that is listed nowhere.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Row(NamedTuple):
    """A name of the reference, and what stands for it."""

    seed: str
    python: str
    """Below `gamenet.sockets` (`Sockets.connect_p2p`), of an argument with the argument in brackets; or `errors.…`."""
    test: str
    """As pytest names it."""
    note: str = ""


class Section(NamedTuple):
    title: str
    rows: tuple[Row, ...]


_LOOPBACK: Final = "tests/loopback/test_sockets.py::"
_REFERENCE: Final = "tests/loopback/test_reference.py::"
_OPTIONS: Final = "tests/loopback/test_options.py::"
_P2P: Final = "tests/loopback/test_p2p.py::"
_STEAM: Final = "tests/sockets/test_steam.py::"
_LIBRARY: Final = "tests/sockets/test_library.py::"
_CALLS: Final = "tests/sockets/calls/"
_AUTHENTICATION: Final = _CALLS + "test_authentication.py::"
_STATES: Final = "tests/sockets/test_states.py::"

_REACHED: Final = _P2P + "test_a_peer_is_reached_by_who_they_are_and_messages_go_both_ways"
_GIVEN: Final = _CALLS + "test_options.py::"
_EACH_GIVEN: Final = _GIVEN + "test_each_option_of_the_reference_can_be_given_to_a_listen_socket_and_to_a_connection"
_UNKNOWN: Final = _CALLS + "test_connections.py::test_an_unknown_handle_raises_where_there_is_nothing_to_return"
_VALUES: Final = _CALLS + "test_connections.py::test_an_unknown_connection_is_a_value_where_the_reference_has_one"
_AT_MOST: Final = _REFERENCE + "test_at_most_thirty_two_messages_come_at_once_unless_more_are_asked_for"
_GATHERS: Final = _LOOPBACK + "test_a_poll_group_gathers_the_messages_of_its_connections"
_FLAGS: Final = _REFERENCE + "test_each_flag_carries_a_message_and_says_whether_it_was_reliable"
_CHANGES: Final = _STATES + "test_every_change_of_connections_by_address_in_the_table_happens_and_no_other"
_LEFT: Final = _LOOPBACK + "test_the_other_process_learns_why_it_was_left"
_STATUSES: Final = _AUTHENTICATION + "test_each_status_on_the_way_is_told_once_in_order_with_what_to_do"
_BATCH: Final = _REFERENCE + "test_each_message_of_many_has_its_own_result"
_ECHO: Final = _LOOPBACK + "test_a_message_goes_to_another_process_and_comes_back_as_it_was"
_INFO: Final = _LOOPBACK + "test_what_is_known_about_a_connection_is_told_on_both_sides"

FUNCTIONS: Final = Section(
    "Functions and their arguments",
    (
        Row("createListenSocketP2P", "Sockets.create_listen_socket_p2p", _REACHED, "a `ListenSocket`"),
        Row("… virtualPort", "Sockets.create_listen_socket_p2p(virtual_port)", _REACHED),
        Row("… options", "Sockets.create_listen_socket_p2p(options)", _REACHED),
        Row("connectP2P", "Sockets.connect_p2p", _REACHED, "a `Connection`; signals are carried by the program"),
        Row(
            "… steamID",
            "Sockets.connect_p2p(identity)",
            _STEAM + "test_on_steam[a_friend_is_talked_to_and_heard_leaving]",
            "a Steam id as an int, or any identity as text",
        ),
        Row("… virtualPort", "Sockets.connect_p2p(virtual_port)", _REACHED),
        Row("… options", "Sockets.connect_p2p(options)", _REACHED),
        Row(
            "createListenSocketIP",
            "Sockets.create_listen_socket_ip",
            _CALLS + "test_listening.py::test_the_address_that_is_really_bound_is_told",
            "a `ListenSocket`",
        ),
        Row(
            "… localAdress",
            "Sockets.create_listen_socket_ip(address)",
            _CALLS + "test_listening.py::test_a_malformed_address_is_refused_in_the_callers_line",
        ),
        Row("… options", "Sockets.create_listen_socket_ip(options)", _EACH_GIVEN),
        Row("connectByIPAddress", "Sockets.connect_by_ip_address", _ECHO, "a `Connection`"),
        Row(
            "… localAdress",
            "Sockets.connect_by_ip_address(address)",
            _CALLS + "test_listening.py::test_a_malformed_address_is_refused_in_the_callers_line",
        ),
        Row("… options", "Sockets.connect_by_ip_address(options)", _EACH_GIVEN),
        Row(
            "acceptConnection",
            "Sockets.accept_connection",
            _REFERENCE + "test_accepting_is_ok_once_and_otherwise_says_why_not",
            "a `Result`",
        ),
        Row("… connection", "Sockets.accept_connection(connection)", _VALUES),
        Row(
            "closeConnection",
            "Sockets.close_connection",
            _REFERENCE + "test_closing_discards_what_was_not_received_and_the_connection_with_it",
            "False when there was none",
        ),
        Row("… connection", "Sockets.close_connection(connection)", _VALUES),
        Row(
            "… enableLinger",
            "Sockets.close_connection(linger)",
            _LOOPBACK + "test_lingering_delivers_all_that_was_sent_before_the_goodbye",
        ),
        Row(
            "destroy (of a listen socket)",
            "ListenSocket.destroy",
            _LOOPBACK + "test_destroying_a_listen_socket_ends_what_came_in_on_it",
            "a `with` block does it too",
        ),
        Row(
            "… socket",
            "Sockets.close_listen_socket(listen)",
            _CALLS + "test_listening.py::test_a_port_in_use_says_so_and_is_free_again_after_destroy",
            "the same as a call",
        ),
        Row("sendMessageToConnection", "Sockets.send_message_to_connection", _FLAGS, "a `Result`"),
        Row("… connection", "Sockets.send_message_to_connection(connection)", _VALUES),
        Row(
            "… message",
            "Sockets.send_message_to_connection(data)",
            _LOOPBACK + "test_the_longest_message_passes_and_a_longer_one_is_over_the_limit",
            "bytes",
        ),
        Row("… flag", "Sockets.send_message_to_connection(flags)", _FLAGS, "`SendFlags`"),
        Row("sendMessages", "Sockets.send_messages", _BATCH, "a `Result` for each"),
        Row(
            "… n",
            "Sockets.send_messages(messages)",
            _LOOPBACK + "test_a_batch_of_a_thousand_arrives_whole_and_in_order",
            "`len` of them",
        ),
        Row("… messages", "Sockets.send_messages(messages)", _BATCH, "tuples"),
        Row("… conn, msg, flag", "Outgoing", _BATCH, "`(connection, data, flags)`, and a lane if there are several"),
        Row(
            "flushMessagesOnConnection",
            "Sockets.flush_messages_on_connection",
            _LOOPBACK + "test_what_waits_for_company_goes_when_flushed",
            "a `Result`",
        ),
        Row("… connection", "Sockets.flush_messages_on_connection(connection)", _VALUES),
        Row(
            "receiveMessagesOnConnection",
            "Sockets.receive_messages_on_connection",
            _AT_MOST,
            "a list, empty when nothing waits",
        ),
        Row("… connection", "Sockets.receive_messages_on_connection(connection)", _UNKNOWN),
        Row("… n = -1", "errors.InvalidHandle", _UNKNOWN, "raised"),
        Row("initAuthentication", "Sockets.init_authentication", _STATUSES, "an `AuthenticationStatus`"),
        Row("getAuthenticationStatus", "Sockets.get_authentication_status", _STATUSES, "status and words"),
        Row("getConnectionInfo", "Sockets.get_connection_info", _INFO, "a `ConnectionInfo`; an unknown one raises"),
        Row("… connection", "Sockets.get_connection_info(connection)", _UNKNOWN),
        Row("createPollGroup", "Sockets.create_poll_group", _GATHERS, "a `PollGroup`"),
        Row(
            "destroyPollGroup",
            "Sockets.destroy_poll_group",
            _REFERENCE + "test_a_poll_group_is_destroyed_once",
            "False when there was none",
        ),
        Row("… pollGroup", "Sockets.destroy_poll_group(group)", _VALUES),
        Row(
            "setConnectionPollGroup", "Sockets.set_connection_poll_group", _GATHERS, "False when either does not exist"
        ),
        Row("… connection", "Sockets.set_connection_poll_group(connection)", _VALUES),
        Row(
            "… pollGroup",
            "Sockets.set_connection_poll_group(group)",
            _LOOPBACK + "test_a_connection_leaves_its_poll_group",
            "None takes it out",
        ),
        Row(
            "receiveMessagesOnPollGroup",
            "Sockets.receive_messages_on_poll_group",
            _AT_MOST,
            "a list, empty when nothing waits",
        ),
        Row("… pollGroup", "Sockets.receive_messages_on_poll_group(group)", _UNKNOWN),
        Row("… conn", "Message.connection", _GATHERS),
        Row("… msg", "Message.data", _GATHERS),
        Row(
            "getIdentity",
            "Sockets.get_identity",
            _CALLS + "test_status.py::test_who_we_are_is_what_was_said",
            "an `Identity`",
        ),
        Row("… nil", "Sockets.get_identity", _REFERENCE + "test_who_has_said_nothing_has_no_identity", "None"),
        Row(
            "runCallbacks",
            "Sockets.run_callbacks",
            _LIBRARY + "test_callbacks_come_from_run_callbacks_alone_and_on_its_thread",
            "how many calls of handlers it made",
        ),
        Row(
            "parseUint64, getSteamID",
            "Sockets.connect_p2p(identity)",
            _STEAM + "test_on_steam[what_reaches_steam_is_what_was_said]",
            "a Steam id is an int",
        ),
    ),
)

FLAGS: Final = Section(
    "Flags of sending",
    (
        Row(
            "Send_Reliable",
            "SendFlags.RELIABLE",
            _REFERENCE + "test_reliable_messages_all_arrive_in_order_through_bad_weather",
        ),
        Row(
            "Send_ReliableNoNagle",
            "SendFlags.RELIABLE_NO_NAGLE",
            _REFERENCE + "test_a_message_without_nagle_takes_along_what_waits",
        ),
        Row(
            "Send_Unreliable",
            "SendFlags.UNRELIABLE",
            _REFERENCE + "test_unreliable_messages_may_get_lost_and_none_comes_twice",
        ),
        Row(
            "Send_UnreliableNoNagle",
            "SendFlags.UNRELIABLE_NO_NAGLE",
            _REFERENCE + "test_a_message_without_nagle_takes_along_what_waits",
        ),
        Row(
            "Send_UnreliableNoDelay",
            "SendFlags.UNRELIABLE_NO_DELAY",
            _REFERENCE + "test_without_delay_means_not_at_all_while_the_connection_is_not_up",
        ),
    ),
)

RESULTS: Final = Section(
    "Results",
    (
        Row("OK", "Result.OK", _BATCH),
        Row("InvalidParam", "Result.INVALID_PARAM", _VALUES),
        Row(
            "InvalidState",
            "Result.INVALID_STATE",
            _REFERENCE + "test_accepting_is_ok_once_and_otherwise_says_why_not",
            "sending waits while connecting, and is `NO_CONNECTION` afterwards",
        ),
        Row(
            "NoConnection",
            "Result.NO_CONNECTION",
            _LOOPBACK + "test_sending_on_what_the_other_side_closed_is_no_connection",
        ),
        Row(
            "Ignored",
            "Result.IGNORED",
            _REFERENCE + "test_without_delay_means_not_at_all_while_the_connection_is_not_up",
        ),
        Row(
            "LimitExceeded",
            "Result.LIMIT_EXCEEDED",
            _LOOPBACK + "test_a_full_send_buffer_refuses_the_rest_for_that_connection_alone",
        ),
        Row("true, false (of sendMessages)", "Result", _BATCH, "more than two ways to end"),
    ),
)

CALLBACKS: Final = Section(
    "Callbacks and what they are given",
    (
        Row("onConnectionChanged", "Sockets.on_connection_changed", _CHANGES, "given a `ConnectionChange`"),
        Row("… data.connection", "ConnectionChange.connection", _CHANGES),
        Row("… data.state", "ConnectionChange.state", _CHANGES),
        Row("… data.state_old", "ConnectionChange.old_state", _CHANGES),
        Row("… data.endReason", "ConnectionChange.end_reason", _LEFT),
        Row("… data.debug", "ConnectionChange.debug", _LEFT),
        Row("onAuthenticationStatus", "Sockets.on_authentication_status", _STATUSES, "given an `AuthenticationChange`"),
        Row("… data.status", "AuthenticationChange.status", _STATUSES),
        Row("… data.debugMsg", "AuthenticationChange.debug", _STATUSES),
    ),
)

STATES: Final = Section(
    "States of a connection",
    (
        Row("None", "ConnectionState.NONE", _STATES + "test_closing_is_told_too_and_then_the_connection_is_gone"),
        Row("Connecting", "ConnectionState.CONNECTING", _CHANGES),
        Row("FindingRoute", "ConnectionState.FINDING_ROUTE", _REACHED, "P2P only"),
        Row("Connected", "ConnectionState.CONNECTED", _CHANGES),
        Row("ClosedByPeer", "ConnectionState.CLOSED_BY_PEER", _CHANGES),
        Row("ProblemDetectedLocally", "ConnectionState.PROBLEM_DETECTED_LOCALLY", _CHANGES),
    ),
)

STATUSES: Final = Section(
    "Statuses of authentication",
    (
        Row("-102 (CannotTry)", "AuthenticationStatus.CANNOT_TRY", _STATUSES),
        Row(
            "-101 (Availability_Failed)",
            "AuthenticationStatus.FAILED",
            _AUTHENTICATION + "test_a_refused_certificate_is_told_as_failed_and_the_next_try_as_retrying",
        ),
        Row(
            "-100 (Availability_Previously)",
            "AuthenticationStatus.PREVIOUSLY",
            _AUTHENTICATION + "test_an_expiry_is_noticed_and_told_and_renewed",
        ),
        Row(
            "-10 (Retrying)",
            "AuthenticationStatus.RETRYING",
            _AUTHENTICATION + "test_a_refused_certificate_is_told_as_failed_and_the_next_try_as_retrying",
        ),
        Row(
            "1 (NeverTried)",
            "AuthenticationStatus.NEVER_TRIED",
            _AUTHENTICATION + "test_to_begin_with_nobody_has_tried",
        ),
        Row("2 (Waiting)", "AuthenticationStatus.WAITING", _STATUSES),
        Row("3 (Attempting)", "AuthenticationStatus.ATTEMPTING", _STATUSES),
        Row("100 (Current)", "AuthenticationStatus.CURRENT", _STATUSES),
    ),
)

OPTIONS: Final = Section(
    "Options",
    (
        Row(
            "TimeoutInitial",
            "Options.timeout_initial",
            _OPTIONS + "test_timeout_initial_ends_an_attempt_that_nobody_answers",
        ),
        Row(
            "TimeoutConnected",
            "Options.timeout_connected",
            _OPTIONS + "test_timeout_connected_ends_a_connection_that_fell_silent",
        ),
        Row(
            "SendBufferSize",
            "Options.send_buffer_size",
            _OPTIONS + "test_send_buffer_size_is_where_sending_meets_its_limit",
        ),
        Row(
            "SendRateMin",
            "Options.send_rate_min",
            _OPTIONS + "test_send_rate_min_and_max_hold_what_the_link_is_thought_to_take",
        ),
        Row("SendRateMax", "Options.send_rate_max", _OPTIONS + "test_send_rate_max_makes_messages_wait_for_the_line"),
        Row("NagleTime", "Options.nagle_time", _OPTIONS + "test_nagle_time_holds_a_small_message_back"),
        Row(
            "IP_AllowWithoutAuth",
            "Options.ip_allow_without_auth",
            _AUTHENTICATION + "test_every_way_to_say_zero_demands_proofs",
        ),
        Row("MTU_PacketSize", "Options.mtu_packet_size", _OPTIONS + "test_mtu_packet_size_is_the_biggest_datagram"),
        Row(
            "Unencrypted",
            "Options.unencrypted",
            _OPTIONS + "test_unencrypted_puts_words_on_the_wire_when_both_sides_want_it",
        ),
        Row(
            "SymmetricConnect",
            "Options.symmetric_connect",
            _P2P + "test_two_hundred_times_connecting_to_each_other_at_once_gives_one_connection_each_time",
        ),
        Row(
            "LocalVirtualPort",
            "Options.local_virtual_port",
            _P2P + "test_a_local_virtual_port_lets_both_ends_of_a_symmetric_connection_have_their_own",
        ),
        Row(
            "a table of options",
            "Options",
            "tests/sockets/test_options.py::test_a_mapping_with_valves_names_means_the_same",
            "or a mapping with the reference's own names",
        ),
    ),
)

SECTIONS: Final = (FUNCTIONS, FLAGS, RESULTS, CALLBACKS, STATES, STATUSES, OPTIONS)


class More(NamedTuple):
    """What is here beyond the reference."""

    python: str
    """As in `Row`; `Name.*` stands for all fields or members of a class."""
    what: str
    test: str


_STATUS: Final = _CALLS + "test_status.py::"
_CONNECTIONS: Final = _CALLS + "test_connections.py::"
_CATALOGUE: Final = "tests/sockets/test_catalogue.py::"
_ENDS: Final = "tests/sockets/test_ends.py::"
_RECORD: Final = "tests/sockets/test_info.py::"
_AUTHORITY: Final = "tests/sockets/test_authority.py::"
_FAKE: Final = "tests/sockets/test_fake.py::"

BEYOND: Final = (
    More(
        "Sockets",
        "the library, open; with `library=` Steam's own",
        _LIBRARY + "test_a_second_library_is_refused_until_the_first_is_closed",
    ),
    More(
        "Sockets.close",
        "closes everything in order; a `with` block does it",
        _LOOPBACK + "test_closing_the_library_tells_the_other_process",
    ),
    More("Sockets.closed", "whether it is", _LIBRARY + "test_closing_twice_is_harmless"),
    More("Connection", "a connection: an int", _ECHO),
    More("PollGroup", "a poll group: an int", _GATHERS),
    More(
        "ListenSocket.*",
        "a listen socket, with its address and port",
        "tests/sockets/test_handles.py::test_a_listen_socket_is_destroyed_by_its_with_block",
    ),
    More("Identity.*", "who somebody is", "tests/sockets/test_address.py::test_an_identity_has_a_kind_and_a_name"),
    More(
        "Message.*",
        "a message that was received",
        _REFERENCE + "test_each_flag_carries_a_message_and_says_whether_it_was_reliable",
    ),
    More(
        "Message.number",
        "counted by the sender, per lane",
        _LOOPBACK + "test_a_message_has_its_lane_and_the_number_of_those_that_its_sender_sent_on_it",
    ),
    More(
        "Message.received_at",
        "on `time.monotonic()`'s clock",
        _CALLS + "test_receiving.py::test_received_at_is_on_the_monotonic_clock",
    ),
    More(
        "MessageView.*",
        "a message of a `ReceivedBatch`, in place",
        "tests/sockets/test_messages.py::test_a_batch_has_the_same_messages_as_views_and_as_rows",
    ),
    More(
        "ReceivedBatch.*",
        "what one call received, in one block of memory",
        "tests/sockets/test_messages.py::test_a_view_copies_nothing_cannot_be_written_and_outlives_the_next_call",
    ),
    More(
        "Sockets.receive_batch",
        "receives such a batch",
        "tests/sockets/test_messages.py::test_an_empty_batch_has_nothing",
    ),
    More(
        "Sockets.flush_connections",
        "flushes many in one crossing",
        _LOOPBACK + "test_what_waits_for_company_goes_when_flushed",
    ),
    More(
        "SendFlags.USE_CURRENT_THREAD",
        "Valve's sixth flag",
        _CALLS + "test_sending.py::test_the_flag_for_this_very_thread_goes_together_with_the_others",
    ),
    More(
        "Result.FAIL",
        "a result that Valve adds later",
        "tests/sockets/test_enums.py::test_a_number_that_valve_adds_later_is_no_crash",
    ),
    More(
        "Result.DUPLICATE_REQUEST",
        "a symmetric connection that was accepted already",
        _P2P + "test_connecting_to_who_is_waiting_to_be_accepted_accepts_them",
    ),
    More(
        "Result.HANDSHAKE_FAILED",
        "no agreement on encryption or identity",
        _OPTIONS + "test_unencrypted_required_by_one_side_and_refused_by_the_other_is_no_connection",
    ),
    More(
        "ConnectionState.*",
        "the library's inner states as well",
        "tests/sockets/test_enums.py::test_a_number_that_valve_adds_later_is_no_crash",
    ),
    More(
        "AuthenticationStatus.UNKNOWN",
        "a status that Valve adds later",
        "tests/sockets/test_enums.py::test_a_number_that_valve_adds_later_is_no_crash",
    ),
    More(
        "ConnectionChange.*",
        "also where it came in, and all that is known of it",
        _RECORD + "test_a_change_names_the_listen_socket_it_came_in_on",
    ),
    More("ConnectionInfo.*", "who, where, how and why ended", _RECORD + "test_a_record_becomes_values"),
    More("EndReason.*", "the library's reasons by name", _ENDS + "test_the_numbers_are_valves_and_gamenets"),
    More("describe_end", "a reason in a sentence", _ENDS + "test_a_number_without_a_name_is_described_by_its_range"),
    More("Sockets.close_connection(reason)", "why, for the other side", _LEFT),
    More("Sockets.close_connection(debug)", "the same in words", _LEFT),
    More(
        "Sockets.get_connection_real_time_status",
        "how a connection does now, with its lanes",
        _STATUS + "test_each_lane_tells_what_it_holds",
    ),
    More(
        "Sockets.real_time_statuses",
        "of many in one crossing",
        _CALLS + "test_receiving.py::test_one_crossing_carries_a_batch_each_way_however_many_messages",
    ),
    More(
        "RealTimeStatus.*",
        "ping, quality, rates, what is pending",
        _RECORD + "test_the_rows_of_real_time_statuses_are_read_field_by_field",
    ),
    More("LaneStatus.*", "the same of a lane", _RECORD + "test_the_rows_of_lanes_are_read_field_by_field"),
    More(
        "Sockets.get_detailed_connection_status",
        "several lines for people",
        _STATUS + "test_details_are_several_lines_for_people",
    ),
    More(
        "Sockets.create_socket_pair",
        "two connections to each other in this process",
        _CONNECTIONS + "test_a_socket_pair_is_connected_from_the_start",
    ),
    More(
        "Sockets.create_socket_pair(peer_identities)",
        "and whom they see",
        _CONNECTIONS + "test_each_end_of_a_pair_sees_the_identity_that_was_given_for_its_peer",
    ),
    More(
        "Sockets.configure_connection_lanes",
        "several orders side by side, by priority and weight",
        _LOOPBACK + "test_a_lane_that_goes_first_overtakes_one_that_is_full",
    ),
    More("Sockets.set_connection_name", "a name for log lines", _CONNECTIONS + "test_a_name_is_kept_and_shown"),
    More("Sockets.get_connection_name", "that name", _CONNECTIONS + "test_a_name_is_kept_and_shown"),
    More(
        "Sockets.set_connection_user_data",
        "a number of the program's own",
        _CONNECTIONS + "test_a_number_of_the_programs_own_goes_with_a_connection",
    ),
    More(
        "Sockets.get_connection_user_data",
        "that number",
        _CONNECTIONS + "test_a_number_of_the_programs_own_goes_with_a_connection",
    ),
    More(
        "Sockets.set_option",
        "an option later: of the library, a listen socket or a connection",
        _GIVEN + "test_an_option_is_set_read_and_taken_back_later",
    ),
    More(
        "Sockets.get_option",
        "what is in force",
        _GIVEN + "test_what_was_not_set_for_itself_follows_the_listen_socket_and_that_the_library",
    ),
    More(
        "Sockets.list_options",
        "all options that there are",
        _CATALOGUE + "test_everything_is_listed_with_what_it_holds_and_is",
    ),
    More(
        "OptionInfo.*",
        "what an option holds and takes",
        _CATALOGUE + "test_the_range_of_each_option_is_really_what_the_library_takes",
    ),
    More("OptionValue", "what an option can be set to", _GIVEN + "test_an_option_is_set_read_and_taken_back_later"),
    More(
        "AnyOptions",
        "`Options`, or a mapping with Valve's names",
        "tests/sockets/test_options.py::test_a_mapping_may_set_what_has_no_field",
    ),
    More(
        "Sockets.simulate", "bad weather for the whole process", _LOOPBACK + "test_the_weather_of_the_process_is_felt"
    ),
    More(
        "simulate",
        "the same, for whoever opened the library",
        _FAKE + "test_whoever_opened_the_library_the_process_can_play_in_bad_weather",
    ),
    More(
        "FakeNetwork.*",
        "loss, lag, jitter, reordering, doubling",
        _FAKE + "test_each_kind_of_weather_goes_both_ways",
    ),
    More(
        "MAX_MESSAGE",
        "the longest message",
        _LOOPBACK + "test_the_longest_message_passes_and_a_longer_one_is_over_the_limit",
    ),
    More(
        "MAX_UNRELIABLE",
        "the longest unreliable one",
        _LOOPBACK + "test_an_unreliable_message_that_is_too_long_for_that_is_sent_reliably",
    ),
    More(
        "MAX_UNSPLIT",
        "the longest in one packet",
        _LOOPBACK + "test_a_message_of_the_longest_unsplit_size_travels_in_one_packet",
    ),
    More(
        "MAX_WAITING",
        "how many may wait to be accepted at a listen socket",
        "tests/loopback/test_floods.py::test_who_comes_in_by_the_thousand_gets_no_further_than_the_limit",
    ),
    More(
        "RECEIVE_LIMITS",
        "what a peer may make this process keep",
        "tests/loopback/test_limits.py::test_what_one_connection_may_make_us_keep_is_limited",
    ),
    More(
        "Authority.*",
        "signs certificates: a game's own authority",
        _AUTHORITY + "test_a_request_that_names_somebody_is_signed_for_that_one_alone",
    ),
    More(
        "Sockets.trust",
        "believes an authority's certificates",
        _AUTHENTICATION + "test_several_authorities_are_trusted_side_by_side",
    ),
    More("Sockets.certificate_request", "what an authority is asked with", _STATUSES),
    More("Sockets.set_certificate", "what it answers", _STATUSES),
    More("Sockets.signals", "what P2P connections have to tell their peers", _REACHED),
    More("Sockets.receive_signal", "what came from there", _REACHED),
    More("Signal.*", "a signal, for whoever carries it", _REACHED),
    More("Sockets.set_ice_servers", "STUN and TURN servers", _P2P + "test_the_stun_servers_of_the_list_are_asked"),
    More(
        "ice_options",
        "the same as options for one connection",
        "tests/sockets/test_ice.py::test_servers_become_the_librarys_options",
    ),
    More(
        "TurnServer.*",
        "a TURN server with its name and password",
        "tests/sockets/test_ice.py::test_servers_become_the_librarys_options",
    ),
    More(
        "IceCandidates.*",
        "which ways a P2P connection may go",
        "tests/sockets/test_ice.py::test_servers_become_the_librarys_options",
    ),
)


class Flat(NamedTuple):
    """A function of Valve's flat C interface, for those who know that."""

    name: str
    """Without `SteamAPI_ISteamNetworking`."""
    python: str
    """As in `Row`; empty when it is not here."""
    why: str = ""


_RELAYS: Final = "the program asks Steam itself: only its own relays know"
_INSIDE: Final = "done inside"

FLAT: Final = (
    Flat("Sockets_AcceptConnection", "Sockets.accept_connection"),
    Flat("Sockets_CloseConnection", "Sockets.close_connection"),
    Flat("Sockets_CloseListenSocket", "Sockets.close_listen_socket"),
    Flat("Sockets_ConfigureConnectionLanes", "Sockets.configure_connection_lanes"),
    Flat("Sockets_ConnectByIPAddress", "Sockets.connect_by_ip_address"),
    Flat("Sockets_ConnectP2P", "Sockets.connect_p2p"),
    Flat("Sockets_ConnectP2PCustomSignaling", "Sockets.connect_p2p"),
    Flat("Sockets_ConnectToHostedDedicatedServer", "", "for servers in Valve's data centres"),
    Flat("Sockets_CreateCustomSignaling", "Sockets.signals"),
    Flat("Sockets_CreateHostedDedicatedServerListenSocket", "", "for servers in Valve's data centres"),
    Flat("Sockets_CreateListenSocketIP", "Sockets.create_listen_socket_ip"),
    Flat("Sockets_CreateListenSocketP2P", "Sockets.create_listen_socket_p2p"),
    Flat("Sockets_CreatePollGroup", "Sockets.create_poll_group"),
    Flat("Sockets_CreateSocketPair", "Sockets.create_socket_pair"),
    Flat("Sockets_DestroyPollGroup", "Sockets.destroy_poll_group"),
    Flat("Sockets_FindRelayAuthTicketForServer", "", "for servers in Valve's data centres"),
    Flat("Sockets_FlushMessagesOnConnection", "Sockets.flush_messages_on_connection"),
    Flat("Sockets_GetAuthenticationStatus", "Sockets.get_authentication_status"),
    Flat("Sockets_GetCertificateRequest", "Sockets.certificate_request"),
    Flat("Sockets_GetConnectionInfo", "Sockets.get_connection_info"),
    Flat("Sockets_GetConnectionName", "Sockets.get_connection_name"),
    Flat("Sockets_GetConnectionRealTimeStatus", "Sockets.get_connection_real_time_status"),
    Flat("Sockets_GetConnectionUserData", "Sockets.get_connection_user_data"),
    Flat("Sockets_GetDetailedConnectionStatus", "Sockets.get_detailed_connection_status"),
    Flat("Sockets_GetGameCoordinatorServerLogin", "", "for servers in Valve's data centres"),
    Flat("Sockets_GetHostedDedicatedServerAddress", "", "for servers in Valve's data centres"),
    Flat("Sockets_GetHostedDedicatedServerPOPID", "", "for servers in Valve's data centres"),
    Flat("Sockets_GetHostedDedicatedServerPort", "", "for servers in Valve's data centres"),
    Flat("Sockets_GetIdentity", "Sockets.get_identity"),
    Flat("Sockets_GetListenSocketAddress", "ListenSocket.address"),
    Flat("Sockets_InitAuthentication", "Sockets.init_authentication"),
    Flat("Sockets_ReceiveMessagesOnConnection", "Sockets.receive_messages_on_connection"),
    Flat("Sockets_ReceiveMessagesOnPollGroup", "Sockets.receive_messages_on_poll_group"),
    Flat("Sockets_ReceivedP2PCustomSignal", "Sockets.receive_signal"),
    Flat("Sockets_ReceivedP2PCustomSignal2", "Sockets.receive_signal"),
    Flat("Sockets_ReceivedRelayAuthTicket", "", "for servers in Valve's data centres"),
    Flat("Sockets_RunCallbacks", "Sockets.run_callbacks"),
    Flat("Sockets_SendMessageToConnection", "Sockets.send_message_to_connection"),
    Flat("Sockets_SendMessages", "Sockets.send_messages"),
    Flat("Sockets_SetCertificate", "Sockets.set_certificate"),
    Flat("Sockets_SetConnectionName", "Sockets.set_connection_name"),
    Flat("Sockets_SetConnectionPollGroup", "Sockets.set_connection_poll_group"),
    Flat("Sockets_SetConnectionUserData", "Sockets.set_connection_user_data"),
    Flat("Utils_AllocateMessage", "Sockets.send_messages", _INSIDE),
    Flat("Utils_CheckPingDataUpToDate", "", _RELAYS),
    Flat("Utils_ConvertPingLocationToString", "", _RELAYS),
    Flat("Utils_EstimatePingTimeBetweenTwoLocations", "", _RELAYS),
    Flat("Utils_EstimatePingTimeFromLocalHost", "", _RELAYS),
    Flat("Utils_GetConfigValue", "Sockets.get_option"),
    Flat("Utils_GetConfigValueInfo", "Sockets.list_options"),
    Flat("Utils_GetDirectPingToPOP", "", _RELAYS),
    Flat("Utils_GetLocalPingLocation", "", _RELAYS),
    Flat("Utils_GetLocalTimestamp", "Message.received_at", "times are on `time.monotonic()`'s clock"),
    Flat("Utils_GetPOPCount", "", _RELAYS),
    Flat("Utils_GetPOPList", "", _RELAYS),
    Flat("Utils_GetPingToDataCenter", "", _RELAYS),
    Flat("Utils_GetRelayNetworkStatus", "", _RELAYS),
    Flat("Utils_InitRelayNetworkAccess", "Sockets.init_authentication", "on the Steam network"),
    Flat("Utils_IterateGenericEditableConfigValues", "Sockets.list_options"),
    Flat("Utils_ParsePingLocationString", "", _RELAYS),
    Flat("Utils_SetConfigValue", "Sockets.set_option"),
    Flat("Utils_SetConfigValueStruct", "Sockets.set_option"),
    Flat("Utils_SetConnectionConfigValueFloat", "Sockets.set_option"),
    Flat("Utils_SetConnectionConfigValueInt32", "Sockets.set_option"),
    Flat("Utils_SetConnectionConfigValueString", "Sockets.set_option"),
    Flat("Utils_SetDebugOutputFunction", "Sockets.run_callbacks", "log lines go to the logger `gamenet.sockets`"),
    Flat("Utils_SetGlobalCallback_SteamNetAuthenticationStatusChanged", "Sockets.on_authentication_status"),
    Flat("Utils_SetGlobalCallback_SteamNetConnectionStatusChanged", "Sockets.on_connection_changed"),
    Flat("Utils_SetGlobalCallback_SteamRelayNetworkStatusChanged", "", _RELAYS),
    Flat("Utils_SetGlobalConfigValueFloat", "Sockets.set_option"),
    Flat("Utils_SetGlobalConfigValueInt32", "Sockets.set_option"),
    Flat("Utils_SetGlobalConfigValuePtr", "", "a function of C: the two handlers are there instead"),
    Flat("Utils_SetGlobalConfigValueString", "Sockets.set_option"),
)

RECORDS: Final = (
    Flat("SteamNetworkingMessage_t::m_pData, m_cbSize", "Message.data"),
    Flat("SteamNetworkingMessage_t::m_conn", "Message.connection"),
    Flat("SteamNetworkingMessage_t::m_identityPeer", "ConnectionInfo.identity", "of its connection"),
    Flat("SteamNetworkingMessage_t::m_nConnUserData", "ConnectionInfo.user_data", "of its connection"),
    Flat("SteamNetworkingMessage_t::m_usecTimeReceived", "Message.received_at", "in seconds"),
    Flat("SteamNetworkingMessage_t::m_nMessageNumber", "Message.number"),
    Flat("SteamNetworkingMessage_t::m_nFlags", "Message.reliable"),
    Flat("SteamNetworkingMessage_t::m_idxLane", "Message.lane"),
    Flat("SteamNetworkingMessage_t::m_nChannel", "", "of messages without connections"),
    Flat("SteamNetworkingMessage_t::m_nUserData", "", "each message object of C belongs to the library here"),
    Flat("SteamNetworkingMessage_t::m_pfnFreeData, m_pfnRelease", "", "done inside"),
    Flat("SteamNetConnectionInfo_t::m_identityRemote", "ConnectionInfo.identity"),
    Flat("SteamNetConnectionInfo_t::m_nUserData", "ConnectionInfo.user_data"),
    Flat("SteamNetConnectionInfo_t::m_hListenSocket", "ConnectionInfo.listen_socket"),
    Flat("SteamNetConnectionInfo_t::m_addrRemote", "ConnectionInfo.address"),
    Flat("SteamNetConnectionInfo_t::m_idPOPRemote, m_idPOPRelay", "", _RELAYS),
    Flat("SteamNetConnectionInfo_t::m_eState", "ConnectionInfo.state"),
    Flat("SteamNetConnectionInfo_t::m_eEndReason", "ConnectionInfo.end_reason"),
    Flat("SteamNetConnectionInfo_t::m_szEndDebug", "ConnectionInfo.debug"),
    Flat("SteamNetConnectionInfo_t::m_szConnectionDescription", "ConnectionInfo.description"),
    Flat("SteamNetConnectionInfo_t::m_nFlags", "ConnectionInfo.flags"),
    Flat("k_nSteamNetworkConnectionInfoFlags_Unauthenticated", "ConnectionInfo.authenticated", "the opposite"),
    Flat("k_nSteamNetworkConnectionInfoFlags_Unencrypted", "ConnectionInfo.encrypted", "the opposite"),
    Flat("k_nSteamNetworkConnectionInfoFlags_LoopbackBuffers", "ConnectionInfo.in_process"),
    Flat("k_nSteamNetworkConnectionInfoFlags_Fast", "ConnectionInfo.fast"),
    Flat("k_nSteamNetworkConnectionInfoFlags_Relayed", "ConnectionInfo.relayed"),
    Flat("k_nSteamNetworkConnectionInfoFlags_DualWifi", "ConnectionInfo.flags", "the bit 32"),
    Flat("SteamNetConnectionRealTimeStatus_t::m_eState", "RealTimeStatus.state"),
    Flat("SteamNetConnectionRealTimeStatus_t::m_nPing", "RealTimeStatus.ping", "in seconds"),
    Flat("SteamNetConnectionRealTimeStatus_t::m_flConnectionQualityLocal", "RealTimeStatus.quality_local"),
    Flat("SteamNetConnectionRealTimeStatus_t::m_flConnectionQualityRemote", "RealTimeStatus.quality_remote"),
    Flat("SteamNetConnectionRealTimeStatus_t::m_flOutPacketsPerSec", "RealTimeStatus.out_packets"),
    Flat("SteamNetConnectionRealTimeStatus_t::m_flOutBytesPerSec", "RealTimeStatus.out_bytes"),
    Flat("SteamNetConnectionRealTimeStatus_t::m_flInPacketsPerSec", "RealTimeStatus.in_packets"),
    Flat("SteamNetConnectionRealTimeStatus_t::m_flInBytesPerSec", "RealTimeStatus.in_bytes"),
    Flat("SteamNetConnectionRealTimeStatus_t::m_nSendRateBytesPerSecond", "RealTimeStatus.send_rate"),
    Flat("SteamNetConnectionRealTimeStatus_t::m_cbPendingUnreliable", "RealTimeStatus.pending_unreliable"),
    Flat("SteamNetConnectionRealTimeStatus_t::m_cbPendingReliable", "RealTimeStatus.pending_reliable"),
    Flat("SteamNetConnectionRealTimeStatus_t::m_cbSentUnackedReliable", "RealTimeStatus.sent_unacked_reliable"),
    Flat("SteamNetConnectionRealTimeStatus_t::m_usecQueueTime", "RealTimeStatus.queue_time", "in seconds"),
    Flat("SteamNetConnectionRealTimeStatus_t::m_usecMaxJitter", "RealTimeStatus.max_jitter", "in seconds"),
    Flat("SteamNetConnectionRealTimeLaneStatus_t::m_cbPendingUnreliable", "LaneStatus.pending_unreliable"),
    Flat("SteamNetConnectionRealTimeLaneStatus_t::m_cbPendingReliable", "LaneStatus.pending_reliable"),
    Flat("SteamNetConnectionRealTimeLaneStatus_t::m_cbSentUnackedReliable", "LaneStatus.sent_unacked_reliable"),
    Flat("SteamNetConnectionRealTimeLaneStatus_t::m_usecQueueTime", "LaneStatus.queue_time", "in seconds"),
    Flat("SteamNetConnectionStatusChangedCallback_t::m_hConn", "ConnectionChange.connection"),
    Flat("SteamNetConnectionStatusChangedCallback_t::m_info", "ConnectionChange.info"),
    Flat("SteamNetConnectionStatusChangedCallback_t::m_eOldState", "ConnectionChange.old_state"),
    Flat("SteamNetAuthenticationStatus_t::m_eAvail", "AuthenticationChange.status"),
    Flat("SteamNetAuthenticationStatus_t::m_debugMsg", "AuthenticationChange.debug"),
    Flat("k_nSteamNetworkingSend_Unreliable", "SendFlags.UNRELIABLE"),
    Flat("k_nSteamNetworkingSend_UnreliableNoNagle", "SendFlags.UNRELIABLE_NO_NAGLE"),
    Flat("k_nSteamNetworkingSend_UnreliableNoDelay", "SendFlags.UNRELIABLE_NO_DELAY"),
    Flat("k_nSteamNetworkingSend_Reliable", "SendFlags.RELIABLE"),
    Flat("k_nSteamNetworkingSend_ReliableNoNagle", "SendFlags.RELIABLE_NO_NAGLE"),
    Flat("k_nSteamNetworkingSend_NoNagle, k_nSteamNetworkingSend_NoDelay", "SendFlags", "only as parts of these"),
    Flat("k_nSteamNetworkingSend_UseCurrentThread", "SendFlags.USE_CURRENT_THREAD"),
    Flat("k_nSteamNetworkingSend_AutoRestartBrokenSession", "", "of messages without connections"),
    Flat("k_ESteamNetConnectionEnd_Invalid", "EndReason.NONE"),
    Flat("k_ESteamNetConnectionEnd_App_Generic", "EndReason.APP"),
    Flat("k_ESteamNetConnectionEnd_AppException_Generic", "EndReason.APP_UNUSUAL"),
    Flat(
        "k_ESteamNetConnectionEnd_AppException_Max",
        "EndReason.CUT_SHORT",
        "what the library says when it ends what still lingers",
    ),
    Flat("k_ESteamNetConnectionEnd_Local_OfflineMode", "EndReason.LOCAL_OFFLINE"),
    Flat("k_ESteamNetConnectionEnd_Local_ManyRelayConnectivity", "EndReason.LOCAL_MANY_RELAYS"),
    Flat("k_ESteamNetConnectionEnd_Local_HostedServerPrimaryRelay", "EndReason.LOCAL_HOSTED_SERVER_RELAY"),
    Flat("k_ESteamNetConnectionEnd_Local_NetworkConfig", "EndReason.LOCAL_NETWORK_CONFIG"),
    Flat("k_ESteamNetConnectionEnd_Local_Rights", "EndReason.LOCAL_RIGHTS"),
    Flat("k_ESteamNetConnectionEnd_Local_P2P_ICE_NoPublicAddresses", "EndReason.LOCAL_ICE_NO_PUBLIC_ADDRESS"),
    Flat("k_ESteamNetConnectionEnd_Remote_Timeout", "EndReason.REMOTE_TIMEOUT"),
    Flat("k_ESteamNetConnectionEnd_Remote_BadCrypt", "EndReason.REMOTE_BAD_CRYPT"),
    Flat("k_ESteamNetConnectionEnd_Remote_BadCert", "EndReason.REMOTE_BAD_CERTIFICATE"),
    Flat("k_ESteamNetConnectionEnd_Remote_BadProtocolVersion", "EndReason.REMOTE_BAD_PROTOCOL_VERSION"),
    Flat("k_ESteamNetConnectionEnd_Remote_P2P_ICE_NoPublicAddresses", "EndReason.REMOTE_ICE_NO_PUBLIC_ADDRESS"),
    Flat("k_ESteamNetConnectionEnd_Misc_Generic", "EndReason.GENERIC"),
    Flat("k_ESteamNetConnectionEnd_Misc_InternalError", "EndReason.INTERNAL_ERROR"),
    Flat("k_ESteamNetConnectionEnd_Misc_Timeout", "EndReason.TIMEOUT"),
    Flat("k_ESteamNetConnectionEnd_Misc_SteamConnectivity", "EndReason.STEAM_CONNECTIVITY"),
    Flat("k_ESteamNetConnectionEnd_Misc_NoRelaySessionsToClient", "EndReason.NO_RELAY_SESSIONS"),
    Flat("k_ESteamNetConnectionEnd_Misc_P2P_Rendezvous", "EndReason.P2P_RENDEZVOUS"),
    Flat("k_ESteamNetConnectionEnd_Misc_P2P_NAT_Firewall", "EndReason.P2P_NAT_FIREWALL"),
    Flat("k_ESteamNetConnectionEnd_Misc_PeerSentNoConnection", "EndReason.PEER_SENT_NO_CONNECTION"),
)
"""The fields of Valve's records, its flags of sending and its end reasons, by their whole names."""
