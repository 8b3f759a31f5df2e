#include "CWeb.h"

// Every file of Sources/Web. ArchitectureTests compares the list with the folder, and
// writes it anew with TURNSTONE_REGENERATE=1. `#embed` is C23, which clang has in any mode.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char admin_admin_css[] = {
#embed "../Web/admin/admin.css"
};
static const unsigned char admin_api_js[] = {
#embed "../Web/admin/api.js"
};
static const unsigned char admin_confirm_js[] = {
#embed "../Web/admin/confirm.js"
};
static const unsigned char admin_history_js[] = {
#embed "../Web/admin/history.js"
};
static const unsigned char admin_index_html[] = {
#embed "../Web/admin/index.html"
};
static const unsigned char admin_list_js[] = {
#embed "../Web/admin/list.js"
};
static const unsigned char admin_lists_js[] = {
#embed "../Web/admin/lists.js"
};
static const unsigned char admin_orders_js[] = {
#embed "../Web/admin/orders.js"
};
static const unsigned char admin_page_js[] = {
#embed "../Web/admin/page.js"
};
static const unsigned char admin_plot_js[] = {
#embed "../Web/admin/plot.js"
};
static const unsigned char admin_plots_js[] = {
#embed "../Web/admin/plots.js"
};
static const unsigned char admin_tiles_js[] = {
#embed "../Web/admin/tiles.js"
};
static const unsigned char admin_units_js[] = {
#embed "../Web/admin/units.js"
};
static const unsigned char admin_watch_js[] = {
#embed "../Web/admin/watch.js"
};
static const unsigned char app_access_js[] = {
#embed "../Web/app/access.js"
};
static const unsigned char app_base_css[] = {
#embed "../Web/app/base.css"
};
static const unsigned char app_call_screen_js[] = {
#embed "../Web/app/call-screen.js"
};
static const unsigned char app_call_css[] = {
#embed "../Web/app/call.css"
};
static const unsigned char app_call_js[] = {
#embed "../Web/app/call.js"
};
static const unsigned char app_ended_js[] = {
#embed "../Web/app/ended.js"
};
static const unsigned char app_ending_js[] = {
#embed "../Web/app/ending.js"
};
static const unsigned char app_home_js[] = {
#embed "../Web/app/home.js"
};
static const unsigned char app_incoming_js[] = {
#embed "../Web/app/incoming.js"
};
static const unsigned char app_invite_js[] = {
#embed "../Web/app/invite.js"
};
static const unsigned char app_join_js[] = {
#embed "../Web/app/join.js"
};
static const unsigned char app_page_js[] = {
#embed "../Web/app/page.js"
};
static const unsigned char app_server_js[] = {
#embed "../Web/app/server.js"
};
static const unsigned char app_settings_js[] = {
#embed "../Web/app/settings.js"
};
static const unsigned char app_texts_js[] = {
#embed "../Web/app/texts.js"
};
static const unsigned char app_tones_js[] = {
#embed "../Web/app/tones.js"
};
static const unsigned char client_backoff_js[] = {
#embed "../Web/client/backoff.js"
};
static const unsigned char client_call_connection_js[] = {
#embed "../Web/client/call-connection.js"
};
static const unsigned char client_call_manager_js[] = {
#embed "../Web/client/call-manager.js"
};
static const unsigned char client_call_progress_js[] = {
#embed "../Web/client/call-progress.js"
};
static const unsigned char client_call_ringing_js[] = {
#embed "../Web/client/call-ringing.js"
};
static const unsigned char client_call_seat_js[] = {
#embed "../Web/client/call-seat.js"
};
static const unsigned char client_call_signals_js[] = {
#embed "../Web/client/call-signals.js"
};
static const unsigned char client_call_state_js[] = {
#embed "../Web/client/call-state.js"
};
static const unsigned char client_call_timers_js[] = {
#embed "../Web/client/call-timers.js"
};
static const unsigned char client_call_js[] = {
#embed "../Web/client/call.js"
};
static const unsigned char client_candidates_js[] = {
#embed "../Web/client/candidates.js"
};
static const unsigned char client_clock_js[] = {
#embed "../Web/client/clock.js"
};
static const unsigned char client_close_codes_js[] = {
#embed "../Web/client/close-codes.js"
};
static const unsigned char client_hello_js[] = {
#embed "../Web/client/hello.js"
};
static const unsigned char client_ice_restart_js[] = {
#embed "../Web/client/ice-restart.js"
};
static const unsigned char client_ice_servers_js[] = {
#embed "../Web/client/ice-servers.js"
};
static const unsigned char client_listeners_js[] = {
#embed "../Web/client/listeners.js"
};
static const unsigned char client_local_media_js[] = {
#embed "../Web/client/local-media.js"
};
static const unsigned char client_media_error_js[] = {
#embed "../Web/client/media-error.js"
};
static const unsigned char client_negotiator_js[] = {
#embed "../Web/client/negotiator.js"
};
static const unsigned char client_page_signaling_js[] = {
#embed "../Web/client/page-signaling.js"
};
static const unsigned char client_peer_link_js[] = {
#embed "../Web/client/peer-link.js"
};
static const unsigned char client_remote_media_js[] = {
#embed "../Web/client/remote-media.js"
};
static const unsigned char client_replay_js[] = {
#embed "../Web/client/replay.js"
};
static const unsigned char client_request_policy_js[] = {
#embed "../Web/client/request-policy.js"
};
static const unsigned char client_request_queue_js[] = {
#embed "../Web/client/request-queue.js"
};
static const unsigned char client_seat_tokens_js[] = {
#embed "../Web/client/seat-tokens.js"
};
static const unsigned char client_signaling_error_js[] = {
#embed "../Web/client/signaling-error.js"
};
static const unsigned char client_signaling_js[] = {
#embed "../Web/client/signaling.js"
};
static const unsigned char client_socket_link_js[] = {
#embed "../Web/client/socket-link.js"
};
static const unsigned char client_statistics_js[] = {
#embed "../Web/client/statistics.js"
};
static const unsigned char favicon_svg[] = {
#embed "../Web/favicon.svg"
};
static const unsigned char icons_svg[] = {
#embed "../Web/icons.svg"
};
static const unsigned char index_html[] = {
#embed "../Web/index.html"
};
static const unsigned char locales_en_js[] = {
#embed "../Web/locales/en.js"
};
static const unsigned char locales_ru_js[] = {
#embed "../Web/locales/ru.js"
};
static const unsigned char trickle_ice_html[] = {
#embed "../Web/trickle-ice.html"
};
static const unsigned char trickle_diagnosis_relay_js[] = {
#embed "../Web/trickle/diagnosis-relay.js"
};
static const unsigned char trickle_diagnosis_js[] = {
#embed "../Web/trickle/diagnosis.js"
};
static const unsigned char trickle_finding_js[] = {
#embed "../Web/trickle/finding.js"
};
static const unsigned char trickle_gather_js[] = {
#embed "../Web/trickle/gather.js"
};
static const unsigned char trickle_levels_svg[] = {
#embed "../Web/trickle/levels.svg"
};
static const unsigned char trickle_outside_test_js[] = {
#embed "../Web/trickle/outside-test.js"
};
static const unsigned char trickle_own_servers_js[] = {
#embed "../Web/trickle/own-servers.js"
};
static const unsigned char trickle_page_js[] = {
#embed "../Web/trickle/page.js"
};
static const unsigned char trickle_relay_test_js[] = {
#embed "../Web/trickle/relay-test.js"
};
static const unsigned char trickle_report_js[] = {
#embed "../Web/trickle/report.js"
};
static const unsigned char trickle_servers_js[] = {
#embed "../Web/trickle/servers.js"
};
static const unsigned char trickle_trickle_css[] = {
#embed "../Web/trickle/trickle.css"
};
static const unsigned char trickle_view_js[] = {
#embed "../Web/trickle/view.js"
};
static const unsigned char turnstone_client_d_ts[] = {
#embed "../Web/turnstone-client.d.ts"
};
static const unsigned char turnstone_client_js[] = {
#embed "../Web/turnstone-client.js"
};

#define FILE_OF(name, path) {path, name, sizeof name}

static const struct ts_web_file files[] = {
    FILE_OF(admin_admin_css, "/admin/admin.css"),
    FILE_OF(admin_api_js, "/admin/api.js"),
    FILE_OF(admin_confirm_js, "/admin/confirm.js"),
    FILE_OF(admin_history_js, "/admin/history.js"),
    FILE_OF(admin_index_html, "/admin/index.html"),
    FILE_OF(admin_list_js, "/admin/list.js"),
    FILE_OF(admin_lists_js, "/admin/lists.js"),
    FILE_OF(admin_orders_js, "/admin/orders.js"),
    FILE_OF(admin_page_js, "/admin/page.js"),
    FILE_OF(admin_plot_js, "/admin/plot.js"),
    FILE_OF(admin_plots_js, "/admin/plots.js"),
    FILE_OF(admin_tiles_js, "/admin/tiles.js"),
    FILE_OF(admin_units_js, "/admin/units.js"),
    FILE_OF(admin_watch_js, "/admin/watch.js"),
    FILE_OF(app_access_js, "/app/access.js"),
    FILE_OF(app_base_css, "/app/base.css"),
    FILE_OF(app_call_screen_js, "/app/call-screen.js"),
    FILE_OF(app_call_css, "/app/call.css"),
    FILE_OF(app_call_js, "/app/call.js"),
    FILE_OF(app_ended_js, "/app/ended.js"),
    FILE_OF(app_ending_js, "/app/ending.js"),
    FILE_OF(app_home_js, "/app/home.js"),
    FILE_OF(app_incoming_js, "/app/incoming.js"),
    FILE_OF(app_invite_js, "/app/invite.js"),
    FILE_OF(app_join_js, "/app/join.js"),
    FILE_OF(app_page_js, "/app/page.js"),
    FILE_OF(app_server_js, "/app/server.js"),
    FILE_OF(app_settings_js, "/app/settings.js"),
    FILE_OF(app_texts_js, "/app/texts.js"),
    FILE_OF(app_tones_js, "/app/tones.js"),
    FILE_OF(client_backoff_js, "/client/backoff.js"),
    FILE_OF(client_call_connection_js, "/client/call-connection.js"),
    FILE_OF(client_call_manager_js, "/client/call-manager.js"),
    FILE_OF(client_call_progress_js, "/client/call-progress.js"),
    FILE_OF(client_call_ringing_js, "/client/call-ringing.js"),
    FILE_OF(client_call_seat_js, "/client/call-seat.js"),
    FILE_OF(client_call_signals_js, "/client/call-signals.js"),
    FILE_OF(client_call_state_js, "/client/call-state.js"),
    FILE_OF(client_call_timers_js, "/client/call-timers.js"),
    FILE_OF(client_call_js, "/client/call.js"),
    FILE_OF(client_candidates_js, "/client/candidates.js"),
    FILE_OF(client_clock_js, "/client/clock.js"),
    FILE_OF(client_close_codes_js, "/client/close-codes.js"),
    FILE_OF(client_hello_js, "/client/hello.js"),
    FILE_OF(client_ice_restart_js, "/client/ice-restart.js"),
    FILE_OF(client_ice_servers_js, "/client/ice-servers.js"),
    FILE_OF(client_listeners_js, "/client/listeners.js"),
    FILE_OF(client_local_media_js, "/client/local-media.js"),
    FILE_OF(client_media_error_js, "/client/media-error.js"),
    FILE_OF(client_negotiator_js, "/client/negotiator.js"),
    FILE_OF(client_page_signaling_js, "/client/page-signaling.js"),
    FILE_OF(client_peer_link_js, "/client/peer-link.js"),
    FILE_OF(client_remote_media_js, "/client/remote-media.js"),
    FILE_OF(client_replay_js, "/client/replay.js"),
    FILE_OF(client_request_policy_js, "/client/request-policy.js"),
    FILE_OF(client_request_queue_js, "/client/request-queue.js"),
    FILE_OF(client_seat_tokens_js, "/client/seat-tokens.js"),
    FILE_OF(client_signaling_error_js, "/client/signaling-error.js"),
    FILE_OF(client_signaling_js, "/client/signaling.js"),
    FILE_OF(client_socket_link_js, "/client/socket-link.js"),
    FILE_OF(client_statistics_js, "/client/statistics.js"),
    FILE_OF(favicon_svg, "/favicon.svg"),
    FILE_OF(icons_svg, "/icons.svg"),
    FILE_OF(index_html, "/index.html"),
    FILE_OF(locales_en_js, "/locales/en.js"),
    FILE_OF(locales_ru_js, "/locales/ru.js"),
    FILE_OF(trickle_ice_html, "/trickle-ice.html"),
    FILE_OF(trickle_diagnosis_relay_js, "/trickle/diagnosis-relay.js"),
    FILE_OF(trickle_diagnosis_js, "/trickle/diagnosis.js"),
    FILE_OF(trickle_finding_js, "/trickle/finding.js"),
    FILE_OF(trickle_gather_js, "/trickle/gather.js"),
    FILE_OF(trickle_levels_svg, "/trickle/levels.svg"),
    FILE_OF(trickle_outside_test_js, "/trickle/outside-test.js"),
    FILE_OF(trickle_own_servers_js, "/trickle/own-servers.js"),
    FILE_OF(trickle_page_js, "/trickle/page.js"),
    FILE_OF(trickle_relay_test_js, "/trickle/relay-test.js"),
    FILE_OF(trickle_report_js, "/trickle/report.js"),
    FILE_OF(trickle_servers_js, "/trickle/servers.js"),
    FILE_OF(trickle_trickle_css, "/trickle/trickle.css"),
    FILE_OF(trickle_view_js, "/trickle/view.js"),
    FILE_OF(turnstone_client_d_ts, "/turnstone-client.d.ts"),
    FILE_OF(turnstone_client_js, "/turnstone-client.js"),
};

struct ts_web_file ts_web_file_at(unsigned long index) {
    struct ts_web_file none = {0, 0, 0};
    return index < sizeof files / sizeof files[0] ? files[index] : none;
}
