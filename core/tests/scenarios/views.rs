//! Views and screens: what is rendered, what is told of it, and what is shown.

use std::fmt::Write;

use syncline_core::host::{ScreenHandle, ViewHandle};
use syncline_core::vnode::{BindId, Cursor, Pen, Screen, TemplateId, View};
use syncline_core::{Epoch, Error, Revision};

use crate::edits::value;
use crate::link;
use crate::questions::member;
use crate::verbs::{Words, number};
use crate::world::{Step, World};

type Answer = Result<Result<String, Error>, String>;

/// A screen, and the view that it is of.
pub(crate) struct Shown {
    view: String,
    screen: ScreenHandle,
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        write!(out, "{byte:02x}").unwrap();
    }
    if out.is_empty() { "-".to_owned() } else { out }
}

fn told(cursor: Cursor) -> String {
    format!("{} {}", cursor.epoch.get(), cursor.revision.get())
}

/// A word, or none for a dash.
fn optional(word: &str) -> Option<&str> {
    Some(word).filter(|word| *word != "-")
}

pub(crate) fn small(words: &mut Words<'_>) -> Result<u32, String> {
    u32::try_from(number(words.next()?)?).map_err(|error| error.to_string())
}

impl World {
    pub(crate) fn view(&self, name: &str) -> Result<ViewHandle, String> {
        self.views.get(name).cloned().ok_or_else(|| format!("{name}: no such view"))
    }

    fn screen(&self, name: &str) -> Result<&Shown, String> {
        self.screens.get(name).ok_or_else(|| format!("{name}: no such screen"))
    }

    pub(crate) fn step_view(&mut self, verb: &str, words: &mut Words<'_>) -> Step {
        let name = words.next()?;
        match verb {
            "view" => {
                let epoch = Epoch::new(number(words.next()?)?);
                self.views.insert(name.to_owned(), ViewHandle::new(View::new(name, epoch)));
                return Ok(());
            }
            "screen" => {
                let view = words.next()?.to_owned();
                self.view(&view)?;
                let screen = ScreenHandle::new(Screen::new());
                self.screens.insert(name.to_owned(), Shown { view, screen });
                return Ok(());
            }
            _ => {}
        }
        let view = self.view(name)?;
        let revision = |view: &mut View| view.cursor().revision.get();
        let (what, result) = match verb {
            "template" => {
                let markup = words.next()?;
                ("number", view.with(|view| Ok(view.statics().template(markup)?.get().into())))
            }
            "binding" => {
                let json = words.next()?;
                ("number", view.with(|view| Ok(view.statics().bind(json)?.get().into())))
            }
            "render" => {
                let json = words.next()?;
                ("revision", view.with(|view| view.render_json(json).map(|_| revision(view))))
            }
            "absorb" => {
                let mut drafts = Vec::new();
                while !words.is_empty() {
                    drafts.push(link::bytes(words.next()?)?);
                }
                let drafts = drafts.iter().map(|draft| &**draft);
                ("revision", view.with(|view| view.absorb(drafts).map(|_| revision(view))))
            }
            _ => {
                let mut pen = view.with(|view| Ok(view.pen())).unwrap();
                let drawn = draw(&view, &mut pen, words)?;
                let drawn = drawn.and_then(|()| pen.finish());
                let result = drawn.and_then(|tree| {
                    view.with(|view| {
                        view.render(tree);
                        Ok(revision(view))
                    })
                });
                ("revision", result)
            }
        };
        if let Some(number) = self.told(result) {
            self.print(format!("{what} {number}"));
        }
        Ok(())
    }

    pub(crate) fn step_screen(&mut self, verb: &str, words: &mut Words<'_>) -> Step {
        let name = words.next()?;
        let Shown { view, screen } = self.screen(name)?;
        let (view, screen) = (view.clone(), screen.clone());
        let result = match verb {
            "tell" => {
                let view = self.view(&view)?;
                let from = screen.with(|screen| Ok(screen.cursor())).unwrap();
                let frame = view.with(|view| Ok(view.frame(from))).unwrap();
                self.print(format!("frame {}", hex(&frame)));
                screen.with(|screen| screen.take(&frame))
            }
            "forge" => {
                let frame = link::bytes(words.next()?)?;
                screen.with(|screen| screen.take(&frame))
            }
            "predict" => {
                let edit = number(words.next()?)?;
                let (room, key) = (optional(words.next()?), words.next()?);
                let value = value(words.next()?);
                value
                    .and_then(|value| screen.with(|screen| screen.predict(edit, room, key, &value)))
            }
            "observe" => {
                let (room, key) = (optional(words.next()?), words.next()?);
                let (before, after) =
                    (value(words.next()?).unwrap(), value(words.next()?).unwrap());
                screen.with(|screen| {
                    screen.observe(room, key, &before, &after);
                    Ok(())
                })
            }
            _ => {
                let edit = number(words.next()?)?;
                screen.with(|screen| {
                    if verb == "settled" {
                        screen.settle(edit);
                    } else {
                        screen.undo(edit);
                    }
                    Ok(())
                })
            }
        };
        self.told(result);
        while let Some(change) = screen.with(|screen| Ok(screen.change())).unwrap() {
            self.print(format!("change {}", hex(&change.to_bytes())));
        }
        Ok(())
    }

    pub(crate) fn ask_view(&self, question: &str, words: &mut Words<'_>) -> Answer {
        let name = words.next()?;
        Ok(match question {
            "viewhtml" => self.view(name)?.with(|view| view.html()),
            "viewjson" => self.view(name)?.with(|view| view.json()),
            "viewcursor" => self.view(name)?.with(|view| Ok(told(view.cursor()))),
            "framejson" => {
                let Shown { view, screen } = self.screen(name)?;
                let from = screen.with(|screen| Ok(screen.cursor())).unwrap();
                self.view(view)?.with(|view| view.frame_json(from))
            }
            "wholejson" => {
                let nothing = Cursor { epoch: Epoch::new(0), revision: Revision::ZERO };
                self.view(name)?.with(|view| view.frame_json(nothing))
            }
            "screenhtml" => self.screen(name)?.screen.with(Screen::html),
            "screencursor" => self.screen(name)?.screen.with(|screen| Ok(told(screen.cursor()))),
            _ => {
                let wanted = words.next()?;
                let report =
                    self.screen(name)?.screen.with(|screen| Ok(screen.metrics().to_json()));
                report.map(|report| member(&report, wanted))
            }
        })
    }
}

/// Writes a tree, word by word.
fn draw(
    view: &ViewHandle,
    pen: &mut Pen,
    words: &mut Words<'_>,
) -> Result<Result<(), Error>, String> {
    let mut result = Ok(());
    while !words.is_empty() {
        let done = match words.next()? {
            "open" => {
                let name = words.next()?;
                view.with(|view| Ok((view.tag(name)?, view.pen()))).and_then(|(tag, other)| {
                    pen.renew(&other);
                    pen.open(tag)
                })
            }
            "attr" => {
                let (name, value) = (words.next()?, words.next()?);
                view.with(|view| Ok((view.attr(name)?, view.pen()))).and_then(|(name, other)| {
                    pen.renew(&other);
                    pen.attr(name, value)
                })
            }
            "key" => pen.key(words.next()?),
            "text" => pen.text(words.next()?),
            "hole" => pen.hole(),
            "raw" => pen.raw(words.next()?),
            "fragment" => pen.fragment(),
            "instance" => {
                let template = TemplateId::new(small(words)?);
                pen.instance(template, optional(words.next()?))
            }
            "row" => {
                let template = TemplateId::new(small(words)?);
                let key = optional(words.next()?);
                let slots: Result<Vec<&str>, String> =
                    (0..small(words)?).map(|_| words.next()).collect();
                pen.row(template, key, &slots?)
            }
            verb @ ("bound" | "choice") => {
                let binding = BindId::new(small(words)?);
                let value = optional(words.next()?).map(|json| value(json).unwrap());
                if verb == "bound" {
                    pen.bound(binding, value.as_ref())
                } else {
                    pen.choice(binding, value.as_ref())
                }
            }
            "close" => pen.close(),
            other => return Err(format!("{other}: no part of a tree")),
        };
        if result.is_ok() {
            result = done;
        }
    }
    Ok(result)
}
