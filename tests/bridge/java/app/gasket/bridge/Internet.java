package app.gasket.bridge;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** A web server of the fake internet that says hello, and counts who came. */
final class Internet {
    static final String ADDRESS = "203.0.113.10";
    static final int PORT = 80;
    static final String HELLO = "hello from the fake internet";

    final AtomicInteger connections = new AtomicInteger();
    final AtomicInteger requests = new AtomicInteger();
    private final ServerSocket listener;

    Internet() throws IOException {
        listener = new ServerSocket(PORT, 50, InetAddress.getByName(ADDRESS));
        Thread thread = new Thread(this::accept, "fake-internet");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (true) {
            try (Socket socket = listener.accept()) {
                connections.incrementAndGet();
                serve(socket);
            } catch (IOException gone) {
                // The next one may behave.
            }
        }
    }

    private void serve(Socket socket) throws IOException {
        String head = head(socket.getInputStream());
        if (head.isEmpty()) {
            return;
        }
        requests.incrementAndGet();
        int at = head.indexOf("Content-Length: ");
        if (at >= 0) {
            int end = head.indexOf('\r', at);
            socket.getInputStream().readNBytes(Integer.parseInt(head.substring(at + 16, end)));
        }
        String answer =
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + HELLO.length() + "\r\n\r\n" + HELLO;
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
    }

    private static String head(InputStream input) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            int next = input.read();
            if (next < 0) {
                return "";
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.US_ASCII);
    }
}
