//! A network line to the program that can be cut and mended: browsers on it keep one address.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

/// The line. While it is cut, connections are refused and those that were open are gone.
pub struct Line {
    /// Where it begins: `http://127.0.0.1:PORT`.
    pub address: String,
    here: SocketAddr,
    there: SocketAddr,
    open: Arc<Mutex<JoinSet<()>>>,
}

impl Line {
    /// A line to the program at `address`.
    pub async fn to(address: &str) -> Self {
        let there = address.trim_start_matches("http://").parse().expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let here = listener.local_addr().expect("a bound socket has an address");
        let line = Self {
            address: format!("http://{here}"),
            here,
            there,
            open: Arc::default(),
        };
        line.serve(listener);
        line
    }

    fn serve(&self, listener: TcpListener) {
        let (there, open) = (self.there, Arc::clone(&self.open));
        let accept = async move {
            while let Ok((mut near, _)) = listener.accept().await {
                open.lock().unwrap().spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(there).await {
                        let _ = copy_bidirectional(&mut near, &mut far).await;
                    }
                });
            }
        };
        self.open.lock().unwrap().spawn(accept);
    }

    /// Cuts it.
    pub async fn cut(&self) {
        let mut all = std::mem::take(&mut *self.open.lock().unwrap());
        all.shutdown().await;
    }

    /// Mends it.
    pub fn mend(&self) {
        let socket = TcpSocket::new_v4().expect("a socket");
        // Connections that were cut linger on the port.
        socket.set_reuseaddr(true).expect("an option");
        socket.bind(self.here).expect("its own port");
        self.serve(socket.listen(64).expect("a listener"));
    }
}
