//! A browser's socket: connects to a node that listens, subscribes as its library would, and hears what is told.

use super::{Person, TestApp, WAIT_MAX};
use axum::http::{HeaderValue, Method};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

/// A receive buffer so small that a browser that does not read is soon behind.
const SMALL_BUFFER_BYTES: u32 = 4_096;

/// A socket in the Pusher protocol.
pub struct Browser {
    socket: WebSocketStream<TcpStream>,
    pub socket_id: String,
}

/// A message, its data read if it was a text that holds JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub event: String,
    pub channel: String,
    pub data: Json,
}

impl TestApp {
    /// Listens on a port of its own, until the node is killed.
    pub async fn listen(&self) -> SocketAddr {
        let router = self.running().router.clone();
        let listening = self.running().runtime.spawn(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            tokio::spawn(async move { axum::serve(listener, service).await });
            address
        });
        listening.await.expect("it listens")
    }

    /// Subscribes a person's browser to a channel: asks for a ticket, shows it, and gives the first answer.
    pub async fn subscribe(&self, browser: &mut Browser, person: &Person, channel: &str) -> Frame {
        let ticket = self.ticket(browser, person, channel).await;
        browser.subscribe(channel, &ticket).await
    }

    /// Asks for a ticket; null where it is refused.
    pub async fn ticket(&self, browser: &Browser, person: &Person, channel: &str) -> Json {
        let question = json!({ "socket_id": browser.socket_id, "channel_name": channel });
        let reply = self.by(person, Method::POST, "/api/v1/broadcasting/auth").json(&question).reply().await;
        if reply.status == 200 { reply.json() } else { Json::Null }
    }
}

impl Browser {
    /// Connects with the usual key.
    pub async fn connect(address: SocketAddr) -> Self {
        Self::connect_as(address, "/app/opbx?protocol=7&client=js&version=8", &[], false).await
    }

    /// Connects and reads the first message, which must be the protocol's greeting.
    pub async fn connect_as(
        address: SocketAddr,
        target: &str,
        headers: &[(&'static str, &str)],
        is_small: bool,
    ) -> Self {
        let socket = open(address, target, headers, is_small).await.expect("a socket");
        let mut browser = Self { socket, socket_id: String::new() };
        let greeting = browser.next().await.expect("a greeting");
        assert_eq!(greeting.event, "pusher:connection_established", "{greeting:?}");
        browser.socket_id = greeting.data["socket_id"].as_str().expect("an id").to_owned();
        browser
    }

    /// Connects to where it will be refused; gives the error's code and the code of the close.
    pub async fn refused(address: SocketAddr, target: &str) -> (Json, Option<u16>) {
        let socket = open(address, target, &[], false).await.expect("a socket");
        let mut browser = Self { socket, socket_id: String::new() };
        let said = browser.next().await.expect("an error");
        assert_eq!(said.event, "pusher:error", "{said:?}");
        (said.data["code"].clone(), browser.next().await.expect_err("a close"))
    }

    pub async fn say(&mut self, message: &Json) {
        self.socket.send(Message::text(message.to_string())).await.expect("the socket is open");
    }

    /// Says the same so often, or until nobody listens any more.
    pub async fn say_often(&mut self, message: &Json, times: u32) {
        for _ in 0..times {
            if self.socket.send(Message::text(message.to_string())).await.is_err() {
                return;
            }
        }
    }

    pub async fn say_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.expect("the socket is open");
    }

    /// Shows a ticket, and gives the answer about this channel.
    pub async fn subscribe(&mut self, channel: &str, ticket: &Json) -> Frame {
        let mut data = json!({ "channel": channel });
        for word in ["auth", "channel_data"] {
            if let Some(text) = ticket.get(word) {
                data[word] = text.clone();
            }
        }
        self.say(&json!({ "event": "pusher:subscribe", "data": data })).await;
        loop {
            let said = self.next().await.expect("an answer");
            let is_answer = said.event.ends_with(":subscription_succeeded")
                || said.event.ends_with(":subscription_error");
            if is_answer && said.channel == channel {
                return said;
            }
        }
    }

    /// The next message; the error is the code with which the socket was closed, if it said one.
    pub async fn next(&mut self) -> Result<Frame, Option<u16>> {
        loop {
            let message = timeout(WAIT_MAX, self.socket.next()).await.expect("a message within time");
            match message {
                Some(Ok(Message::Text(text))) => {
                    let message: Json = serde_json::from_str(&text).expect("JSON");
                    let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
                    let data = match &message["data"] {
                        Json::String(data) => serde_json::from_str(data).expect("data is JSON"),
                        data => data.clone(),
                    };
                    return Ok(Frame { event: text("event"), channel: text("channel"), data });
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Reads on to the next message of this name, and gives it.
    pub async fn wait(&mut self, event: &str) -> Frame {
        loop {
            let said =
                self.next().await.unwrap_or_else(|code| panic!("closed with {code:?}, not told {event}"));
            if said.event == event {
                return said;
            }
        }
    }

    /// Reads on to the close, and gives its code.
    pub async fn wait_closed(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }
}

async fn open(
    address: SocketAddr,
    target: &str,
    headers: &[(&'static str, &str)],
    is_small: bool,
) -> Result<WebSocketStream<TcpStream>, Error> {
    let mut request = format!("ws://{address}{target}").into_client_request()?;
    for (name, value) in headers {
        request.headers_mut().insert(*name, HeaderValue::from_str(value).expect("a header"));
    }
    let socket = TcpSocket::new_v4().map_err(Error::Io)?;
    if is_small {
        socket.set_recv_buffer_size(SMALL_BUFFER_BYTES).map_err(Error::Io)?;
    }
    let stream = socket.connect(address).await.map_err(Error::Io)?;
    Ok(tokio_tungstenite::client_async(request, stream).await?.0)
}

/// Whether a node refuses to open a socket at all, with this status.
pub async fn socket_refused(
    address: SocketAddr,
    target: &str,
    headers: &[(&'static str, &str)],
) -> Option<u16> {
    match open(address, target, headers, false).await {
        Err(Error::Http(answer)) => Some(answer.status().as_u16()),
        _ => None,
    }
}
