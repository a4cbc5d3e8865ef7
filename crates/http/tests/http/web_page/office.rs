//! The rooms in which a company is set up: people, extensions, rooms, groups, menus, hours, numbers, ways out.

use super::{Page, SAVED, reads, rows};
use axum::http::Method;
use serde_json::{Value as Json, json};

fn text(id: &Json) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

/// The id of an extension, as selects keep it.
async fn extension(page: &Page, number: &str) -> String {
    let list = page.get(&format!("/extensions?search={number}&type=user&status=active&per_page=100")).await;
    text(&rows(&list, "id:id extension_number:text")[0]["id"])
}

pub(super) async fn people(page: &Page) {
    let form = json!({
        "name": "Uma User", "email": "uma@example.com", "password": "Correct-horse-9", "role": "pbx_user",
        "status": "active", "phone": "+12125550147", "street_address": "1 Main St", "city": "Albany",
        "state_province": "NY", "postal_code": "12207", "country": "US",
    });
    let made = page.create("/users", &form).await;
    let members = "id:id organization_id:id name:text email:text role:owner|pbx_admin|pbx_user|reporter \
                   status:active|inactive phone:text? street_address:text? city:text? state_province:text? \
                   postal_code:text? country:text? extension:object? extension.extension_number:text? \
                   created_at:time updated_at:time";
    reads(&made, members);
    assert_eq!((&made["country"], &made["country_name"]), (&json!("US"), &json!("United States")));
    page.refused("/users", &form, "email").await;
    let list = page
        .get("/users?search=uma&role=pbx_user&status=active&sort=name&order=asc&per_page=25&page=1")
        .await;
    assert_eq!(rows(&list, members).len(), 1, "{list}");
    // Whoever filters by "has an extension" compares with null.
    assert!(list["data"][0].get("extension").is_some_and(Json::is_null), "{list}");
    rows(&page.get("/users?per_page=100").await, members);
    let path = format!("/users/{}", text(&made["id"]));
    let edit = json!({"name": "Uma U.", "email": "uma@example.com", "role": "reporter", "status": "active", "city": "Troy"});
    assert_eq!(page.change(&path, &edit).await["role"], "reporter");
    assert_eq!(page.change(&path, &json!({"status": "inactive"})).await["status"], "inactive");
    reads(&page.get(&path).await["data"], members);
    page.delete(&path).await;
    let stays = json!({"name": "Peter Phone", "email": "peter@example.com", "password": "Correct-horse-9", "role": "pbx_user", "status": "active"});
    page.create("/users", &stays).await;
}

pub(super) async fn extensions(page: &Page) {
    let members = "id:id organization_id:id extension_number:text status:active|inactive voicemail_enabled:flag \
                   type:user|conference|ring_group|ivr|ai_assistant|forward user_id:id? user:object? user.name:text? \
                   configuration:object created_at:time updated_at:time";
    let compared = page.get("/extensions/sync/compare").await;
    reads(&compared, "needs_sync:flag local_only:list cloudonix_only:list synced:list");
    let list = "/extensions?page=1&per_page=25&sort_by=extension_number&sort_order=asc";
    rows(&page.get(list).await, members);
    let empty = page.get("/extensions?type=&status=&search=&with=user&per_page=1000").await;
    assert_eq!(empty["meta"]["per_page"], 100, "{}", empty["meta"]);
    rows(&empty, members);
    let peter = page.get("/users?search=peter&per_page=100").await;
    let peter = text(&rows(&peter, "id:id")[0]["id"]);
    let form = json!({
        "extension_number": "1010", "type": "user", "status": "active", "voicemail_enabled": false,
        "configuration": {}, "user_id": peter,
    });
    let made = page.send(Method::POST, "/extensions", &form, 201).await;
    reads(&made, "message:text extension:object");
    reads(&made["extension"], members);
    reads(&made["extension"], "sip_config.username:text sip_config.password:text sip_config.server:text");
    assert_eq!(made["extension"]["user"]["name"], "Peter Phone");
    page.refused("/extensions", &form, "extension_number").await;
    let path = format!("/extensions/{}", text(&made["extension"]["id"]));
    let alone = json!({"type": "user", "status": "active", "voicemail_enabled": false, "configuration": {}, "user_id": null});
    let changed = page.send(Method::PUT, &path, &alone, 200).await;
    assert!(changed["extension"]["user_id"].is_null(), "{changed}");
    page.send(Method::PUT, &path, &json!({"status": "inactive"}), 200).await;
    // A forward that is emptied is gone.
    for (to, told) in [("+442079460018", json!({"forward_to": "+442079460018"})), ("", json!({}))] {
        let form = json!({"type": "user", "configuration": {"forward_to": to}});
        let changed = page.send(Method::PUT, &path, &form, 200).await;
        assert_eq!(changed["extension"]["configuration"], told, "{changed}");
    }
    let reset = page.press(Method::PUT, &format!("{path}/reset-password"), 200).await;
    reads(&reset, "message:text new_password:text extension:object cloudonix_warning.message:text?");
    reads(&page.get(&path).await["extension"], members);
    page.delete(&path).await;
    let forward = json!({"extension_number": "1011", "type": "forward", "status": "active", "voicemail_enabled": false,
        "configuration": {"forward_to": "+442079460018"}});
    let made = page.send(Method::POST, "/extensions", &forward, 201).await;
    assert_eq!(made["extension"]["configuration"]["forward_to"], "+442079460018");
    let assistant = json!({"extension_number": "1012", "type": "ai_assistant", "status": "active", "voicemail_enabled": false,
        "configuration": {"provider": "VAPI", "phone_number": "+12127773456"}});
    let made = page.send(Method::POST, "/extensions", &assistant, 201).await;
    reads(&made["extension"], "configuration.provider:text configuration.phone_number:text");
    page.rest();
    let synced = page.press(Method::POST, "/extensions/sync", 200).await;
    reads(
        &synced,
        "success:flag message:text result.to_cloudonix.created:number result.from_cloudonix.created:number",
    );
}

pub(super) async fn rooms(page: &Page) {
    let members = "id:id name:text description:text? max_participants:number status:active|inactive pin_required:flag \
                   recording_enabled:flag recording_auto_start:flag recording_webhook_url:text? wait_for_host:flag \
                   mute_on_entry:flag announce_join_leave:flag music_on_hold:flag talk_detection_enabled:flag \
                   talk_detection_webhook_url:text? pin:text? host_pin:text? created_at:time updated_at:time";
    let form = json!({
        "name": "Board", "max_participants": 25, "status": "active", "pin": "4711", "pin_required": true,
        "recording_enabled": false, "recording_auto_start": false, "wait_for_host": false, "mute_on_entry": true,
        "announce_join_leave": false, "music_on_hold": true, "talk_detection_enabled": false,
    });
    let made = page.create("/conference-rooms", &form).await;
    reads(&made, members);
    page.refused("/conference-rooms", &form, "name").await;
    let list =
        page.get("/conference-rooms?page=1&per_page=25&search=board&sort_by=name&sort_order=asc").await;
    rows(&list, members);
    let path = format!("/conference-rooms/{}", text(&made["id"]));
    assert_eq!(page.change(&path, &json!({"status": "inactive"})).await["status"], "inactive");
    // The form fills in the PIN that it was told, and is not sent without one where one is asked for.
    let mut renamed = form.clone();
    renamed["name"] = json!("Board of directors");
    renamed["pin"] = page.get(&path).await["data"]["pin"].clone();
    assert!(renamed["pin"].as_str().is_some_and(|pin| !pin.is_empty() && pin != "4711"), "{renamed}");
    assert_eq!(page.change(&path, &renamed).await["pin"], renamed["pin"]);
    assert_eq!(page.get(&format!("{path}/pins")).await["pin"], "4711");
    let edit =
        json!({"name": "Board room", "max_participants": 10, "status": "active", "pin_required": false});
    reads(&page.change(&path, &edit).await, members);
    reads(&page.get(&path).await["data"], members);
    page.delete(&path).await;
    page.create("/conference-rooms", &json!({"name": "Weekly", "max_participants": 5, "status": "active"}))
        .await;
}

const GROUP: &str = "id:id name:text description:text? strategy:simultaneous|round_robin|sequential timeout:number \
                     ring_turns:number fallback_action:extension|ring_group|ivr_menu|ai_assistant|hangup \
                     fallback_extension_id:id? status:active|inactive members:list created_at:time updated_at:time";

/// Gives the id of a group that stays.
pub(super) async fn groups(page: &Page) -> String {
    rows(
        &page.get("/extensions?type=user&status=active&per_page=1000&with=user").await,
        "id:id extension_number:text",
    );
    let (first, second, fallback) =
        (extension(page, "1001").await, extension(page, "1002").await, extension(page, "1003").await);
    let form = json!({
        "name": "Support", "description": "", "strategy": "round_robin", "timeout": 30, "ring_turns": 2,
        "fallback_action": "extension", "fallback_extension_id": fallback, "status": "active",
        "members": [{"extension_id": first, "priority": 1}, {"extension_id": second, "priority": 2}],
    });
    let made = page.create("/ring-groups", &form).await;
    reads(&made, GROUP);
    page.refused("/ring-groups", &form, "name").await;
    let list =
        "/ring-groups?page=1&per_page=1000&search=supp&strategy=&status=&sort_by=name&sort_direction=asc";
    let list = page.get(list).await;
    let [row] = rows(&list, GROUP) else { panic!("{list}") };
    for member in row["members"].as_array().expect("a list") {
        reads(member, "extension_id:id extension_number:text user_name:text? priority:number");
    }
    reads(row, "fallback_extension.id:id fallback_extension.extension_number:text");
    let path = format!("/ring-groups/{}", text(&made["id"]));
    // Rows are edited as they came, and reordered.
    let mut edit = form.clone();
    edit["members"] =
        json!([{"extension_id": second, "priority": 1}, {"extension_id": first, "priority": 2}]);
    edit["fallback_action"] = json!("hangup");
    let changed = page.change(&path, &edit).await;
    assert_eq!(changed["members"][0]["extension_number"], "1002", "{changed}");
    reads(&page.get(&path).await["data"], GROUP);
    text(&made["id"])
}

/// Gives the id of a menu that stays.
pub(super) async fn menus(page: &Page, group: &str) -> String {
    for path in [
        "/extensions?status=active&per_page=100&with=user",
        "/ring-groups?status=active&per_page=100",
        "/conference-rooms?per_page=100",
        "/extensions?type=ai_assistant&status=active&per_page=100",
    ] {
        rows(&page.get(path).await, "id:id");
    }
    let voices = page.get("/ivr-menus/voices").await;
    reads(
        &voices,
        "data:list filters.languages:list filters.genders:list filters.providers:list filters.pricing:list",
    );
    reads(
        &voices["data"][0],
        "id:text name:text provider:text language:text gender:text premium:flag pricing:text",
    );
    reads(&voices["filters"]["languages"][0], "code:text name:text");
    let form = json!({
        "name": "Main menu", "tts_text": "Press one for support.", "tts_voice": voices["data"][0]["id"],
        "max_timeout": 5, "inter_digit_timeout": 2, "max_turns": 3, "failover_destination_type": "hangup",
        "status": "active",
        "options": [
            {"input_digits": "1", "description": "Support", "destination_type": "ring_group", "destination_id": group, "priority": 1},
            {"input_digits": "2", "description": "", "destination_type": "extension", "destination_id": "1001", "priority": 2},
        ],
    });
    let made = page.create("/ivr-menus", &form).await;
    let members = "id:id name:text description:text? recording_id:id? audio_file_path:text? tts_text:text? tts_voice:text? \
                   max_timeout:number inter_digit_timeout:number max_turns:number failover_destination_id:id? \
                   failover_destination_type:extension|ring_group|conference_room|ivr_menu|hangup \
                   status:active|inactive created_at:time updated_at:time";
    reads(&made, members);
    let list = "/ivr-menus?page=1&per_page=25&search=&status=&sort_by=name&sort_direction=asc";
    let list = page.get(list).await;
    for option in rows(&list, &format!("{members} options:list"))[0]["options"].as_array().expect("a list") {
        reads(
            option,
            "input_digits:text description:text? destination_type:text destination_id:id priority:number",
        );
    }
    let path = format!("/ivr-menus/{}", text(&made["id"]));
    // The form sends back what it was shown, ids as texts; a failover to an extension by its id.
    let shown = page.get(&path).await["data"].clone();
    let options = shown["options"].as_array().expect("a list").iter().map(|option| {
        json!({"input_digits": option["input_digits"], "description": option["description"], "priority": option["priority"],
            "destination_type": option["destination_type"], "destination_id": text(&option["destination_id"])})
    });
    let mut edit = form.clone();
    edit["options"] = options.collect();
    edit["failover_destination_type"] = json!("extension");
    edit["failover_destination_id"] = json!(extension(page, "1001").await);
    let changed = page.change(&path, &edit).await;
    reads(&changed, "failover_destination_type:extension failover_destination_id:id");
    assert_eq!(changed["options"][1]["destination_id"], shown["options"][1]["destination_id"]);
    let spare = json!({"name": "Spare", "audio_file_path": "https://cdn.example.com/hello.mp3", "max_timeout": 1,
        "inter_digit_timeout": 1, "max_turns": 1, "failover_destination_type": "hangup", "status": "active",
        "options": [{"input_digits": "1", "destination_type": "ivr_menu", "destination_id": text(&made["id"]), "priority": 1}]});
    let spare = page.create("/ivr-menus", &spare).await;
    let used = page.ask(Method::DELETE, &path, None).await;
    assert_eq!(used.status, 409, "{}", used.body);
    reads(&used.json(), "error:text message:text references:object");
    page.delete(&format!("/ivr-menus/{}", text(&spare["id"]))).await;
    text(&made["id"])
}

fn range(id: &str, start: &str, end: &str) -> Json {
    json!({"id": id, "start_time": start, "end_time": end})
}

pub(super) async fn hours(page: &Page, menu: &str) {
    let reception = extension(page, "1001").await;
    let (open, closed) = (
        json!({"enabled": true, "time_ranges": [range("tr-17", "09:00", "17:00")]}),
        json!({"enabled": false, "time_ranges": []}),
    );
    // Ids of new ranges and exceptions are the page's own.
    let form = json!({
        "name": "Office hours", "status": "active",
        "open_hours_action": {"type": "ivr_menu", "target_id": format!("ivr-{menu}")},
        "closed_hours_action": {"type": "extension", "target_id": format!("ext-{reception}")},
        "schedule": {"monday": open, "tuesday": open, "wednesday": open, "thursday": open, "friday": open, "saturday": closed, "sunday": closed},
        "exceptions": [
            {"id": "ex-1", "date": "2026-12-25", "name": "Christmas", "type": "closed"},
            {"id": "ex-2", "date": "2026-12-24", "name": "Christmas Eve", "type": "special_hours", "time_ranges": [range("tr-18", "09:00", "12:00")]},
        ],
    });
    let made = page.create("/business-hours", &form).await;
    let members = "id:id name:text status:active|inactive schedule.monday.enabled:flag schedule.monday.time_ranges:list \
                   schedule.sunday.enabled:flag schedule.sunday.time_ranges:list exceptions:list \
                   open_hours_action.type:ivr_menu open_hours_action.target_id:text closed_hours_action.type:extension \
                   closed_hours_action.target_id:text current_status:open|closed|exception created_at:time updated_at:time";
    reads(&made, members);
    let list = page.get("/business-hours?per_page=100").await;
    let [row] = rows(&list, members) else { panic!("{list}") };
    reads(&row["schedule"]["monday"]["time_ranges"][0], "id:id start_time:text end_time:text");
    for exception in row["exceptions"].as_array().expect("a list") {
        reads(exception, "id:id date:text name:text type:closed|special_hours time_ranges:list");
    }
    let path = format!("/business-hours/{}", text(&made["id"]));
    let mut edit = row.clone();
    edit["name"] = json!("Office");
    reads(&page.change(&path, &edit).await, members);
    let mut emptied = edit.clone();
    emptied["exceptions"] = json!(null);
    emptied["schedule"]["sunday"]["time_ranges"] = json!(null);
    let emptied = page.change(&path, &emptied).await;
    assert_eq!(
        (&emptied["exceptions"], &emptied["schedule"]["sunday"]["time_ranges"]),
        (&json!([]), &json!([]))
    );
    let copied = page.press(Method::POST, &format!("{path}/duplicate"), 201).await;
    reads(&copied, SAVED);
    assert_eq!(copied["data"]["name"], "Office (Copy)");
    page.delete(&format!("/business-hours/{}", text(&copied["data"]["id"]))).await;
}

pub(super) async fn numbers(page: &Page, group: &str, menu: &str) {
    let members = "id:id phone_number:text friendly_name:text? status:active|inactive routing_config:object \
                   routing_type:extension|ai_assistant|ring_group|business_hours|conference_room|ivr_menu created_at:time";
    let reception = extension(page, "1001").await;
    let schedule = text(&rows(&page.get("/business-hours?per_page=100").await, "id:id")[0]["id"]);
    let room = text(&rows(&page.get("/conference-rooms?per_page=100").await, "id:id")[0]["id"]);
    let assistant = page.get("/extensions?type=ai_assistant&status=active&per_page=100").await;
    let assistant = text(&rows(&assistant, "id:id")[0]["id"]);
    let ways = [
        ("extension", "extension_id", reception.as_str(), "extension"),
        ("ring_group", "ring_group_id", group, "ring_group"),
        ("business_hours", "business_hours_schedule_id", &schedule, "business_hours_schedule"),
        ("conference_room", "conference_room_id", &room, "conference_room"),
        ("ivr_menu", "ivr_menu_id", menu, "ivr_menu"),
        ("ai_assistant", "extension_id", &assistant, "ai_assistant"),
        ("ai_assistant", "ai_assistant_id", &assistant, "ai_assistant"),
    ];
    for (place, (kind, key, id, embedded)) in ways.into_iter().enumerate() {
        let number = format!("+1212555020{place}");
        let form = json!({"phone_number": number, "friendly_name": format!("To {kind}"), "routing_type": kind,
            "routing_config": {(key): id}, "status": "active"});
        let reply = page.send(Method::POST, "/phone-numbers", &form, 201).await;
        let made = &reply["data"];
        reads(made, members);
        reads(&made["routing_config"], &format!("{key}:id"));
        let list = page
            .get(&format!(
                "/phone-numbers?page=1&per_page=20&search=020{place}&routing_type={kind}&status=active"
            ))
            .await;
        let [row] = rows(&list, members) else { panic!("{list}") };
        // Without it, the page says "Invalid destination".
        reads(&row[embedded], "id:id name:text");
        if kind == "extension" {
            reads(row, "extension.extension_number:text");
        }
        let path = format!("/phone-numbers/{}", text(&made["id"]));
        let off = page.send(Method::PUT, &path, &json!({"status": "inactive"}), 200).await;
        assert_eq!(off["data"]["status"], "inactive", "{off}");
        let edit = json!({"friendly_name": "Other", "routing_type": "extension", "routing_config": {"extension_id": reception}, "status": "active"});
        let changed = page.send(Method::PUT, &path, &edit, 200).await;
        assert_eq!(
            changed["data"]["routing_config"]["extension_id"],
            json!(reception.parse::<i64>().expect("an id"))
        );
        page.delete(&path).await;
    }
    let local = json!({"phone_number": "12125550299x", "routing_type": "extension", "routing_config": {"extension_id": reception}, "status": "active"});
    page.refused("/phone-numbers", &local, "phone_number").await;
}

pub(super) async fn whitelist(page: &Page) {
    let trunks = page.get("/settings/cloudonix/outbound-trunks").await;
    let form = json!({"name": "Britain", "destination_country": "GB", "destination_prefix": "", "outbound_trunk_name": trunks["trunks"][0]["name"]});
    let made = page.create("/outbound-whitelist", &form).await;
    let members = "id:id name:text destination_country:text destination_prefix:text? outbound_trunk_name:text created_at:time";
    reads(&made, members);
    page.refused("/outbound-whitelist", &form, "name").await;
    rows(&page.get("/outbound-whitelist?page=1&per_page=25&search=brit").await, members);
    let path = format!("/outbound-whitelist/{}", text(&made["id"]));
    let mut edit = form;
    edit["destination_prefix"] = json!("20");
    assert_eq!(page.change(&path, &edit).await["destination_prefix"], "20");
    reads(&page.get(&path).await["data"], members);
    page.delete(&path).await;
}
