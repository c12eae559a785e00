//! The questions that a step can ask, and a check can know the answer to.

use syncline_core::{Content, Error, Key, PresenceId, RoomName, RoomNo, Value};

use crate::events::{content, status_name};
use crate::verbs::Words;
use crate::world::World;

type Answer = Result<Result<String, Error>, String>;

impl World {
    /// The answer to a question, or the error that the engine has for it.
    pub(crate) fn ask(&self, question: &str, words: &mut Words<'_>) -> Answer {
        match question {
            "hostget" | "hoststaged" | "hostentries" | "hostversion" | "hostpresences"
            | "registers" | "readers" | "roommetric" => self.ask_host(question, words),
            "hostmetric" => {
                let json = self.server.handle()?.metrics().map(|metrics| metrics.to_json());
                Ok(json.map(|json| member(&json, words.next().unwrap_or_default())))
            }
            "hostrooms" => Ok(self.server.handle()?.rooms().map(|rooms| {
                let room = |(room, name): &(RoomNo, RoomName)| {
                    format!("{{\"room\":{room},\"name\":\"{name}\"}}")
                };
                format!("[{}]", rooms.iter().map(room).collect::<Vec<_>>().join(","))
            })),
            #[cfg(feature = "views")]
            "viewhtml" | "viewjson" | "viewcursor" | "framejson" | "wholejson" | "screenhtml"
            | "screencursor" | "predictions" => self.ask_view(question, words),
            #[cfg(feature = "views")]
            "watchedhtml" | "watchedmetric" => self.ask_watched(question, words),
            _ => self.ask_client(question, words),
        }
    }

    fn ask_client(&self, question: &str, words: &mut Words<'_>) -> Answer {
        let client = &self.clients[self.index(words.next()?)?];
        let handle = client.handle()?;
        if question == "metric" {
            let name = words.next()?;
            return Ok(handle.report().map(|report| member(&report.to_json(), name)));
        }
        if question == "status" && words.is_empty() {
            return Ok(handle.overall_status().map(|status| status_name(status).to_owned()));
        }
        let room = client.room(words.next()?)?;
        Ok(match question {
            "get" => handle.get(room, words.next()?).map(|held| content(held.as_ref())),
            "confirmed" => {
                handle.confirmed_get(room, words.next()?).map(|held| content(held.as_ref()))
            }
            "entries" => handle.entries(room, words.next()?).map(|entries| object(&entries)),
            "version" => {
                handle.version(room).map(|version| version.unwrap_or_default().to_string())
            }
            "pending" => handle.pending(room).map(|pending| pending.to_string()),
            "ready" => handle.ready(room).map(|ready| if ready { "yes" } else { "no" }.to_owned()),
            "denied" => handle
                .denied(room)
                .map(|code| code.map_or_else(|| "-".to_owned(), |code| code.name().to_owned())),
            "status" => handle.status(room).map(|status| {
                status.map_or("closed", |status| status_name(status.status)).to_owned()
            }),
            "own" => handle
                .presence_own(room)
                .map(|own| own.map_or_else(|| "-".to_owned(), |own| own.to_json())),
            "presences" => handle.presences(room).map(|others| participants(&others)),
            other => return Err(format!("{other}: no such question")),
        })
    }

    fn ask_host(&self, question: &str, words: &mut Words<'_>) -> Answer {
        let name = RoomName::new(words.next()?).map_err(|error| error.to_string())?;
        let handle = self.server.handle()?;
        let Some(room) = handle.room(&name).unwrap() else { return Ok(Ok("closed".to_owned())) };
        let held = |held: Option<(syncline_core::Version, Content)>| {
            held.map_or_else(
                || "-".to_owned(),
                |(version, content)| format!("{version} {}", content.to_json()),
            )
        };
        Ok(match question {
            "hostget" => handle.room_get(room, words.next()?).map(held),
            "hoststaged" => handle.room_staged(room, words.next()?).map(held),
            "hostentries" => {
                handle.room_entries(room, words.next()?).map(|entries| object(&entries))
            }
            "hostpresences" => handle.room_presences(room).map(|others| participants(&others)),
            "roommetric" => {
                let name = words.next()?;
                handle.room_metrics(room).map(|metrics| member(&metrics.report(0).to_json(), name))
            }
            "hostversion" => handle.room_report(room).map(|report| report.version.to_string()),
            "registers" => handle.room_report(room).map(|report| report.registers.to_string()),
            _ => handle.room_report(room).map(|report| report.readers.to_string()),
        })
    }
}

/// The text of a number in the JSON text of a report, where its name stands first.
pub(crate) fn member(json: &str, name: &str) -> String {
    let start = format!("\"{name}\":");
    let Some((_, rest)) = json.split_once(&start) else { return "-".to_owned() };
    rest.split([',', '}']).next().unwrap_or_default().to_owned()
}

fn object(entries: &[(Key, Content)]) -> String {
    let entry = |(key, content): &(Key, Content)| {
        format!("{}:{}", serde_json::to_string(key.as_str()).unwrap(), content.to_json())
    };
    let entries: Vec<String> = entries.iter().map(entry).collect();
    format!("{{{}}}", entries.join(","))
}

fn participants(others: &[(PresenceId, Value)]) -> String {
    let one = |(id, state): &(PresenceId, Value)| {
        format!("{{\"id\":{id},\"state\":{}}}", state.to_json())
    };
    let others: Vec<String> = others.iter().map(one).collect();
    format!("[{}]", others.join(","))
}
