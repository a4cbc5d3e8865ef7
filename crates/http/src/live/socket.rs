//! One socket: what its client says, what it is told, and when it is let go.
//!
//! Two halves, so that nobody waits for a slow client: one listens and decides, the other sends what is in a queue with a
//! bound. Whose queue is full is let go.

use super::subscriptions::{Outcome, Subscriptions};
use super::wire::{self, Refusal, Said};
use crate::Web;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use opbx_app::live::Heard;
use opbx_app::sessions::Asker;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Messages that wait to be sent to one client.
const QUEUE_MAX: usize = 256;
/// Messages handed to the connection before it is flushed.
const FLUSH_AFTER_MAX: usize = 64;
/// How often a socket looks at the clock.
const BEAT: Duration = Duration::from_secs(5);
/// A client that was silent for so long is asked whether it is there.
const SILENCE_MAX: Duration = Duration::from_secs(wire::ACTIVITY_TIMEOUT_S);
/// How long it may take to answer.
const PONG_WAIT_MAX: Duration = Duration::from_secs(30);
/// How often it is looked whether the session holds, whether or not anybody told that it does not.
const RECHECK: Duration = Duration::from_secs(30);
/// A socket that shows for so long not whose it is, is closed.
const UNPROVEN_AGE_MAX: Duration = Duration::from_secs(60);
/// How long saying goodbye may take.
const GOODBYE_MAX: Duration = Duration::from_secs(1);
/// Messages that a client may send between two looks at the clock.
const MESSAGES_PER_BEAT_MAX: u32 = 300;

/// Says why there is no connection, as the protocol does, and closes.
pub(super) async fn refuse(mut socket: WebSocket, refusal: Refusal) {
    let goodbye = async {
        // Whoever is gone already needs no reason.
        let _ = socket.send(Message::text(wire::error(Some(refusal.code()), refusal.message()))).await;
        let _ = socket.send(close(refusal)).await;
    };
    let _ = tokio::time::timeout(GOODBYE_MAX, goodbye).await;
}

/// Serves one socket until either side ends it.
pub(super) async fn serve(web: Web, socket: WebSocket, sender: String, opener: Option<Asker>) {
    let Some(seat) = web.sockets.open(sender) else { return refuse(socket, Refusal::TooManySockets).await };
    let id = u64::from_le_bytes(opbx_app::entropy::bytes());
    let socket_id = format!("{}.{}", id >> 32, id & u64::from(u32::MAX));
    let (sink, mut stream) = socket.split();
    let (queue, queued) = mpsc::channel(QUEUE_MAX);
    let (end, ended) = oneshot::channel();
    let sending = tokio::spawn(send(sink, queued, ended));
    let mut session = Session {
        subscriptions: Subscriptions::new(web.clone(), seat, socket_id.clone(), opener),
        queue,
        heard_at: Instant::now(),
        asked: false,
        rechecked_at: Instant::now(),
        said: 0,
    };
    let refusal = session.run(&web, &mut stream, &socket_id).await;
    let Session { subscriptions, queue, .. } = session;
    // The other half sends what is left, then the reason; a client that does not take it is dropped.
    let _ = end.send(refusal);
    drop(queue);
    subscriptions.leave_all().await;
    // What the client still says is read and dropped, up to its own goodbye: a connection that is closed over unread
    // messages is reset, and the reason lost.
    let parting = async {
        let _ = sending.await;
        while let Some(Ok(_)) = stream.next().await {}
    };
    let _ = tokio::time::timeout(GOODBYE_MAX * 2, parting).await;
}

struct Session {
    subscriptions: Subscriptions,
    queue: mpsc::Sender<Message>,
    heard_at: Instant,
    /// Whether the client was asked if it is there.
    asked: bool,
    rechecked_at: Instant,
    /// Messages since the last look at the clock.
    said: u32,
}

/// Goes on, or ends: with a reason, or because the client went.
type Step = Result<(), Option<Refusal>>;

impl Session {
    async fn run(
        &mut self,
        web: &Web,
        stream: &mut SplitStream<WebSocket>,
        socket_id: &str,
    ) -> Option<Refusal> {
        let opened_at = Instant::now();
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stopped = web.app.stopped();
        tokio::pin!(stopped);
        let mut step = self.say(wire::established(socket_id));
        while step.is_ok() {
            step = tokio::select! {
                () = &mut stopped => Err(Some(Refusal::GoingAway)),
                message = stream.next() => self.take(message).await,
                heard = hear(&mut self.subscriptions) => self.pass_on(heard).await,
                _ = beat.tick() => self.look_at_the_clock(opened_at).await,
            };
        }
        step.err().flatten()
    }

    fn say(&self, text: String) -> Step {
        self.enqueue(Message::text(text))
    }

    fn enqueue(&self, message: Message) -> Step {
        self.queue.try_send(message).map_err(|error| match error {
            TrySendError::Full(_) => Some(Refusal::TooSlow),
            TrySendError::Closed(_) => None,
        })
    }

    async fn take(&mut self, message: Option<Result<Message, axum::Error>>) -> Step {
        self.heard_at = Instant::now();
        self.asked = false;
        self.said += 1;
        if self.said > MESSAGES_PER_BEAT_MAX {
            return Err(Some(Refusal::TooManyMessages));
        }
        let Some(Ok(message)) = message else { return Err(None) };
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return Err(None),
            // The connection itself answers pings.
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Binary(_) => return self.say(wire::error(None, "Messages are texts")),
        };
        match wire::read(&text) {
            Ok(Said::Ping) => self.say(wire::pong()),
            Ok(Said::Pong | Said::Other) => Ok(()),
            Ok(Said::Subscribe { channel, auth, channel_data }) => {
                let outcome =
                    self.subscriptions.subscribe(&channel, auth.as_deref(), channel_data.as_deref()).await;
                self.come_to(outcome)
            }
            Ok(Said::Unsubscribe { channel }) => {
                self.subscriptions.unsubscribe(&channel).await;
                Ok(())
            }
            Ok(Said::ClientEvent) => {
                self.say(wire::error(Some(4301), "Events of clients are not passed on here"))
            }
            Err(why) => self.say(wire::error(None, why)),
        }
    }

    async fn pass_on(&mut self, heard: Result<Heard, RecvError>) -> Step {
        match heard {
            Ok(Heard::Told(told)) => {
                for frame in self.subscriptions.frames(&told) {
                    let text = Utf8Bytes::try_from(frame.clone()).expect("a frame is written from texts");
                    self.enqueue(Message::Text(text))?;
                }
                Ok(())
            }
            Ok(Heard::Revoked(session)) if self.subscriptions.is_session(session) => {
                Err(Some(Refusal::Unauthorised))
            }
            Ok(Heard::Recheck(user)) if self.subscriptions.is_user(user) => self.recheck().await,
            Ok(Heard::Revoked(_) | Heard::Recheck(_)) => Ok(()),
            Err(RecvError::Lagged(_)) => Err(Some(Refusal::TooSlow)),
            Err(RecvError::Closed) => Err(Some(Refusal::GoingAway)),
        }
    }

    async fn recheck(&mut self) -> Step {
        self.rechecked_at = Instant::now();
        let outcome = self.subscriptions.recheck().await;
        self.come_to(outcome)
    }

    fn come_to(&self, outcome: Outcome) -> Step {
        match outcome {
            Outcome::Say(texts) => texts.into_iter().try_for_each(|text| self.say(text)),
            Outcome::Close(refusal) => Err(Some(refusal)),
        }
    }

    async fn look_at_the_clock(&mut self, opened_at: Instant) -> Step {
        self.said = 0;
        let silent = self.heard_at.elapsed();
        if silent >= SILENCE_MAX + PONG_WAIT_MAX {
            return Err(Some(Refusal::NoPong));
        }
        if silent >= SILENCE_MAX && !self.asked {
            self.asked = true;
            self.say(wire::ping())?;
        }
        if !self.subscriptions.is_proven() {
            let is_late = opened_at.elapsed() >= UNPROVEN_AGE_MAX;
            return if is_late { Err(Some(Refusal::NeverSubscribed)) } else { Ok(()) };
        }
        if self.rechecked_at.elapsed() >= RECHECK { self.recheck().await } else { Ok(()) }
    }
}

/// Waits for what the room tells; for ever before there is one.
async fn hear(subscriptions: &mut Subscriptions) -> Result<Heard, RecvError> {
    match &mut subscriptions.feed {
        Some(feed) => feed.heard.recv().await,
        None => std::future::pending().await,
    }
}

/// The half that sends. Ends when the other did, with the reason that it gives.
async fn send(
    mut sink: SplitSink<WebSocket, Message>,
    mut queued: mpsc::Receiver<Message>,
    mut ended: oneshot::Receiver<Option<Refusal>>,
) {
    let mut batch = Vec::with_capacity(FLUSH_AFTER_MAX);
    let refusal = loop {
        let sending = async {
            if queued.recv_many(&mut batch, FLUSH_AFTER_MAX).await == 0 {
                std::future::pending::<()>().await;
            }
            for message in batch.drain(..) {
                sink.feed(message).await?;
            }
            sink.flush().await
        };
        tokio::select! {
            sent = sending => if sent.is_err() { return },
            refusal = &mut ended => break refusal.ok().flatten(),
        }
    };
    let goodbye = async {
        if let Some(refusal) = refusal {
            if refusal != Refusal::TooSlow {
                while let Ok(message) = queued.try_recv() {
                    sink.feed(message).await?;
                }
            }
            sink.feed(Message::text(wire::error(Some(refusal.code()), refusal.message()))).await?;
            sink.send(close(refusal)).await?;
        }
        sink.flush().await
    };
    // Whoever is gone, or does not take it, needs no goodbye.
    let _ = tokio::time::timeout(GOODBYE_MAX, goodbye).await;
}

fn close(refusal: Refusal) -> Message {
    Message::Close(Some(CloseFrame { code: refusal.code(), reason: refusal.message().into() }))
}
