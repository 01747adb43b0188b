//! The filters of the three lists of messages (contract/messages.md, operations 2 to 4), in the spellings of
//! contract/clients.md. Times are in `filters_by_time.rs`, what is shown with a message in `list_views.rs`.

use std::collections::HashMap;

use serde_json::{Value, json};
use tests::{Actor, Api, ids};

use crate::given::walk;

/// One message of every sort from ash or birch, by what it is called here; the same to a user and to a group.
struct Sorts {
    names: HashMap<u64, &'static str>,
}

impl Sorts {
    /// What of a list has a name, in its order. Only the tellings of who joined have none.
    fn of(&self, messages: &[Value]) -> Vec<&'static str> {
        messages.iter().filter_map(|message| self.names.get(&message["id"].as_u64().unwrap()).copied()).collect()
    }
}

async fn every_sort(api: &Api) -> Sorts {
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("grove", &[&ash, &birch]).await;
    let mut names = HashMap::new();
    for receiver in ["user", "group"] {
        every_sort_to(&ash, &birch, receiver, &mut names).await;
    }
    Sorts { names }
}

async fn every_sort_to(
    ash: &Actor<'_>,
    birch: &Actor<'_>,
    receiver_type: &str,
    names: &mut HashMap<u64, &'static str>,
) {
    let attachment =
        |name: &str, mime: &str| json!({ "url": format!("https://halley.example/{name}"), "mimeType": mime });
    let media = |kind: &str, attachments: &[Value]| json!({ "type": kind, "data": { "attachments": attachments } });
    let text = |text: &str| json!({ "data": { "text": text } });
    let new: [(&'static str, &Actor<'_>, Value); 15] = [
        ("plain", ash, text("plain words")),
        ("birch's", birch, text("by birch")),
        ("tagged", ash, json!({ "data": { "text": "t" }, "tags": ["gate", "north"] })),
        ("tagged-2", ash, json!({ "data": { "text": "t" }, "tags": ["south side"] })),
        ("unicode", ash, text("ÄPFEL, Straße, ΟΔΟΣ и ПРИВЕТ")),
        ("link", ash, text("see HTTPS://halley.example/x")),
        ("mention-ash", birch, text("<@uid:ash> come")),
        ("mention-birch", ash, text("<@uid:birch> come")),
        ("mention-nobody", ash, text("<@uid:ghost> come")),
        (
            "image",
            ash,
            json!({ "type": "image", "data": { "text": "Sign", "attachments": [attachment("a.png", "image/png")] } }),
        ),
        ("film", ash, media("file", &[attachment("a.pdf", "application/pdf"), attachment("a.mp4", "video/mp4")])),
        ("custom", birch, json!({ "category": "custom", "type": "location", "data": { "customData": { "lat": 1 } } })),
        ("edited", ash, text("before")),
        ("deleted", birch, text("apple pie")),
        ("reacted", ash, text("nice")),
    ];
    let mut ids = HashMap::new();
    for (name, sender, mut body) in new {
        let receiver = if receiver_type == "group" {
            "grove"
        } else if sender.uid == "ash" {
            "birch"
        } else {
            "ash"
        };
        body["receiver"] = json!(receiver);
        body["receiverType"] = json!(receiver_type);
        let id = sender.post("/messages", body).await.expect_data()["id"].as_u64().unwrap();
        ids.insert(name, id);
        names.insert(id, name);
    }
    let reply = birch.post(format!("/messages/{}/thread", ids["plain"]), text("re")).await.expect_data();
    let edit = ash.put(format!("/messages/{}", ids["edited"]), text("after")).await.expect_data();
    let deletion = birch.delete(format!("/messages/{}", ids["deleted"]), json!({})).await.expect_data();
    birch.post(format!("/messages/{}/reactions/x", ids["reacted"]), json!({})).await.expect_ok();
    for (name, message) in [("reply", reply), ("edit", edit), ("deletion", deletion)] {
        names.insert(message["id"].as_u64().unwrap(), name);
    }
}

/// Every name, in the order of sending.
const ALL: [&str; 18] = [
    "plain",
    "birch's",
    "tagged",
    "tagged-2",
    "unicode",
    "link",
    "mention-ash",
    "mention-birch",
    "mention-nobody",
    "image",
    "film",
    "custom",
    "edited",
    "deleted",
    "reacted",
    "reply",
    "edit",
    "deletion",
];

fn without(left_out: &[&str]) -> Vec<&'static str> {
    ALL.into_iter().filter(|name| !left_out.contains(name)).collect()
}

/// Reads all three lists as ash with this query, in pages of several sizes and both directions, and expects these.
async fn expect_kept(api: &Api, sorts: &Sorts, query: &str, expected: &[&str]) {
    let ash = api.on_behalf_of("ash");
    let both = [expected, expected].concat();
    let lists = [("/users/birch/messages", expected), ("/groups/grove/messages", expected), ("/messages", &both)];
    for (list, expected) in lists {
        for (affix, limit) in [("append", 4), ("prepend", 7)] {
            let visited = walk(&ash, list, query, affix, limit).await;
            assert_eq!(sorts.of(&visited), expected, "{list}?{query}, {affix} {limit}");
        }
    }
}

/// The first spelling of a query is walked through in pages, the others are read in one.
async fn expect_spellings(api: &Api, sorts: &Sorts, what: &str, queries: &[&str], expected: &[&str]) {
    println!("{what}");
    let (first, others) = queries.split_first().unwrap();
    expect_kept(api, sorts, first, expected).await;
    let (ash, both) = (api.on_behalf_of("ash"), [expected, expected].concat());
    for query in others {
        for (list, expected) in [("/users/birch/messages", expected), ("/messages", &both)] {
            let read = ash.get(format!("{list}?{query}&affix=append&limit=100")).await.expect_data();
            assert_eq!(sorts.of(read.as_array().unwrap()), expected, "{list}?{query}");
        }
    }
}

async fn expect_table(table: &[Kept]) {
    let api = Api::start().await;
    let sorts = every_sort(&api).await;
    for (what, queries, expected) in table {
        expect_spellings(&api, &sorts, what, queries, expected).await;
    }
}

/// What is asked, its spellings, and what stays of a list.
type Kept = (&'static str, &'static [&'static str], &'static [&'static str]);

const BY_SENDER_KIND_AND_TAGS: &[Kept] = &[
    (
        "sender",
        &["sender=birch", "senders=birch", "senders[]=birch", "senders=Birch"],
        &["birch's", "mention-ash", "custom", "deleted", "reply", "deletion"],
    ),
    ("senders", &["senders=ash,birch", "senders=ash&senders=birch", "senders%5B%5D=ash&senders%5B%5D=birch"], &ALL),
    ("category", &["category=custom", "categories=custom"], &["custom"]),
    (
        "categories",
        &["categories=action,custom", "categories=action&categories=custom", "categories=call,action,custom"],
        &["custom", "edit", "deletion"],
    ),
    // What the vendor's UI kit asks of every list; two of them are unknown here.
    ("all categories of the ui kit", &["categories=message,action,call,custom,card,agentic"], &ALL),
    (
        "unknown categories beside known ones",
        &["categories=custom,poem", "categories=custom,,agentic", "categories=Message,custom", "category=poem,custom"],
        &["custom"],
    ),
    ("unknown categories alone", &["category=poem", "categories=card,agentic", "categories[]=Message"], &[]),
    ("no category", &["category=", "categories=", "categories=,"], &ALL),
    ("type", &["type=image", "types=image", "types[]=image"], &["image"]),
    ("types", &["types=image,file,location", "types=image%2Cfile%2Clocation"], &["image", "film", "custom"]),
    ("category and type", &["category=action&type=message"], &["edit", "deletion"]),
    ("tags", &["tags=gate", "tags=north,west", "tags[]=gate&tags[]=west"], &["tagged"]),
    ("any of the tags", &["tags=gate,south%20side", "tags=north&tags=south+side"], &["tagged", "tagged-2"]),
    ("a tag is no prefix", &["tags=gat", "tags=Gate"], &[]),
];

#[tokio::test]
async fn lists_are_filtered_by_sender_kind_and_tags() {
    expect_table(BY_SENDER_KIND_AND_TAGS).await;
}

const BY_CONTENT: &[Kept] = &[
    ("search", &["searchKey=words", "searchKey=PLAIN+wor"], &["plain"]),
    (
        "search in any script",
        &["searchKey=äpfel", "searchKey=%C3%84pf", "searchKey=STRASSE", "searchKey=οδοσ", "searchKey=привет"],
        &["unicode"],
    ),
    ("search in captions", &["searchKey=sign"], &["image"]),
    ("search finds the text as it is now", &["searchKey=after"], &["edited"]),
    ("search finds nothing edited or deleted away", &["searchKey=before", "searchKey=apple"], &[]),
    ("links", &["hasLinks=true", "hasLinks=1"], &["link"]),
    ("attachments", &["hasAttachments=true", "hasAttachments=1"], &["image", "film"]),
    ("attachment types", &["attachmentTypes=image"], &["image"]),
    ("any attachment", &["attachmentTypes=video", "attachmentTypes=file", "attachmentTypes=audio,video"], &["film"]),
    (
        "any attachment type",
        &["attachmentTypes=image,video", "attachmentTypes[]=image&attachmentTypes[]=file"],
        &["image", "film"],
    ),
    ("mentions", &["hasMentions=true", "hasMentions=1"], &["mention-ash", "mention-birch"]),
    ("mentioned", &["mentionedUids=birch"], &["mention-birch"]),
    (
        "any mentioned",
        &["mentionedUids=birch,ash", "mentionedUids[]=ash&mentionedUids[]=birch"],
        &["mention-ash", "mention-birch"],
    ),
    ("nobody mentioned", &["mentionedUids=ghost"], &[]),
    ("my mentions", &["myMentionsOnly=true", "myMentionsOnly=1"], &["mention-ash"]),
];

#[tokio::test]
async fn lists_are_filtered_by_content() {
    expect_table(BY_CONTENT).await;
}

/// What stays of a list: all but these, or these.
enum Stays {
    AllBut(&'static [&'static str]),
    Only(&'static [&'static str]),
}

const BY_STATE: &[(&str, &[&str], Stays)] = &[
    (
        "nothing asked",
        &["", "hideDeleted=0&hideReplies=false&unread=0&withTags=0&hasLinks=0&onlyDeleted=false"],
        Stays::AllBut(&[]),
    ),
    ("without replies", &["hideReplies=true", "hideReplies=1"], Stays::AllBut(&["reply"])),
    ("without deleted", &["hideDeleted=true", "hideDeleted=1"], Stays::AllBut(&["deleted"])),
    ("only deleted", &["onlyDeleted=true", "onlyDeleted=1"], Stays::Only(&["deleted"])),
    ("deleted and not", &["onlyDeleted=1&hideDeleted=1"], Stays::Only(&[])),
    ("with reactions", &["hasReactions=true", "hasReactions=1"], Stays::Only(&["reacted"])),
    ("reactions of a sender", &["hasReactions=1&sender=ash"], Stays::Only(&["reacted"])),
    ("only updates", &["onlyUpdates=1&updatedAt=1", "onlyUpdates=true"], Stays::Only(&["edited", "deleted"])),
    ("updated at alone is no filter", &["updatedAt=4000000000"], Stays::AllBut(&[])),
    (
        "unread",
        &["unread=1", "unread=true", "undelivered=1"],
        Stays::Only(&["birch's", "mention-ash", "custom", "reply"]),
    ),
    ("several together", &["sender=ash&hasMentions=1&hideDeleted=1&category=message"], Stays::Only(&["mention-birch"])),
    ("together they may leave nothing", &["sender=birch&hasLinks=1"], Stays::Only(&[])),
];

#[tokio::test]
async fn lists_are_filtered_by_state() {
    let api = Api::start().await;
    let sorts = every_sort(&api).await;
    for (what, queries, stays) in BY_STATE {
        let expected = match stays {
            Stays::AllBut(names) => without(names),
            Stays::Only(names) => names.to_vec(),
        };
        expect_spellings(&api, &sorts, what, queries, &expected).await;
    }
}

#[tokio::test]
async fn a_thread_and_the_counters_know_unknown_categories_too() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let parent = ash.send_text(&birch, "Gate?").await;
    let thread = format!("/messages/{}/thread", parent["id"]);
    let body = json!({ "receiver": "birch", "receiverType": "user", "data": { "text": "Gate." } });
    let reply = ash.post(&thread, body).await.expect_data();

    let kit = "categories=message,action,call,custom,card,agentic";
    for (query, replies, count) in [(kit, vec![reply["id"].as_u64().unwrap()], 2), ("categories=card", Vec::new(), 0)] {
        assert_eq!(ids(&birch.get(format!("{thread}?{query}")).await.expect_data()), replies, "{query}");
        let counters = birch.get(format!("/users/ash/messages?unread=1&count=1&{query}")).await.expect_data();
        assert_eq!(counters[0]["count"].as_u64().unwrap_or_default(), count, "{query}");
    }
    let strange = api.user("cedar").await.get(format!("{thread}?categories=card")).await;
    assert_ne!(strange.status, 200, "a list that is empty anyway is still nobody else's");
}

#[tokio::test]
async fn messages_of_blocked_users_are_hidden_from_who_blocks() {
    let api = Api::start().await;
    let sorts = every_sort(&api).await;
    expect_kept(&api, &sorts, "hideMessagesFromBlockedUsers=true", &ALL).await;

    // Being blocked hides nothing.
    api.block("birch", "ash").await;
    expect_kept(&api, &sorts, "hideMessagesFromBlockedUsers=1", &ALL).await;

    api.block("ash", "birch").await;
    let hidden = ["birch's", "mention-ash", "custom", "deleted", "reply", "deletion"];
    expect_kept(&api, &sorts, "hideMessagesFromBlockedUsers=1", &without(&hidden)).await;
    expect_kept(&api, &sorts, "hideMessagesFromBlockedUsers=0", &ALL).await;
}

#[tokio::test]
async fn the_tellings_of_who_joined_are_a_type_of_their_own() {
    let api = Api::start().await;
    every_sort(&api).await;
    let ash = api.on_behalf_of("ash");
    for list in ["/groups/grove/messages", "/messages"] {
        let joined = walk(&ash, list, "category=action&type=groupMember", "append", 10).await;
        let verbs: Vec<&Value> = joined.iter().map(|action| &action["data"]["action"]).collect();
        assert_eq!(verbs, ["added", "added"]);
    }
}

/// What is asked in one or several spellings, and how many each conversation has of it.
const COUNTS: &[(&str, &[&str], u64)] = &[
    ("unread", &["unread=1&count=1", "unread=true&count=true"], 4),
    ("undelivered", &["undelivered=1&count=1"], 4),
    ("filtered", &["unread=1&count=1&category=custom"], 1),
    ("without replies", &["unread=1&count=1&hideReplies=1"], 3),
];

#[tokio::test]
async fn counts_are_by_conversation() {
    let api = Api::start().await;
    every_sort(&api).await;
    let ash = api.on_behalf_of("ash");
    for (what, queries, count) in COUNTS {
        let user = json!({ "entityId": "birch", "entityType": "user", "count": count });
        let group = json!({ "entityId": "grove", "entityType": "group", "count": count });
        for query in *queries {
            let lists = [("/users/birch/messages", &user), ("/groups/grove/messages", &group)];
            for (list, counter) in lists {
                assert_eq!(
                    ash.get(format!("{list}?{query}")).await.expect_data(),
                    json!([counter]),
                    "{what}: {list}?{query}"
                );
            }
            let mut all = ash.get(format!("/messages?{query}")).await.expect_data();
            all.as_array_mut().unwrap().sort_by_key(|counter| counter["entityId"].to_string());
            assert_eq!(all, json!([user, group]));
            let users = ash.get(format!("/messages?{query}&receiverType=user")).await.expect_data();
            assert_eq!(users, json!([user]));
        }
    }
}
