package app.gasket.bridge

import java.io.InputStream

/**
 * The engine's functions as the native library has them. Handles are numbers that only the library
 * can read; a wrong one is an [IllegalStateException], never a crash. [Engine] is the way to use them.
 */
@Suppress("TooManyFunctions") // The whole boundary belongs in one place.
internal object Native {
    init {
        Library.load()
    }

    /**
     * Starts relaying the packets of the tunnel [tunFd], which belongs to the engine from now on,
     * whatever happens.
     *
     * @throws IllegalArgumentException if the config is wrong: the message has line, column and key.
     * @throws IllegalStateException if the engine cannot be started.
     */
    @JvmStatic
    external fun start(
        host: Host,
        tunFd: Int,
        configJson: String,
    ): Long

    /** Goes on with another tunnel, which belongs to the engine from now on; the old one is closed after. */
    @JvmStatic
    external fun replaceTun(
        engine: Long,
        fd: Int,
    )

    /** @throws IllegalArgumentException if the config is wrong; the one before stays in force. */
    @JvmStatic
    external fun setConfig(
        engine: Long,
        configJson: String,
    )

    /** Tells that something happened to the phone: `{"kind": "boot"}`. */
    @JvmStatic
    external fun deviceEvent(
        engine: Long,
        json: String,
    )

    /** The user's answer to a question; does nothing where nobody knows that one. */
    @JvmStatic
    external fun answer(
        engine: Long,
        question: Long,
        allow: Boolean,
    )

    /** A JSON array of events, after at most [timeoutMs]; null once the engine has ended. */
    @JvmStatic
    external fun nextEvents(
        engine: Long,
        timeoutMs: Long,
    ): ByteArray?

    /**
     * Ends the engine, within a second, and gives the events nobody fetched: of many the first, and the rest by [nextEvents]
     * until that is null. A second call gives none.
     */
    @JvmStatic
    external fun stop(engine: Long): ByteArray

    /** 0 is off, 1 only errors, 5 everything. */
    @JvmStatic
    external fun initLogging(level: Int)

    /**
     * Countries and networks of addresses, for the engines started from now on.
     *
     * @throws IllegalArgumentException if it is no such file; what was known before stays.
     */
    @JvmStatic
    external fun setPlaces(file: ByteArray)

    /**
     * The key of the user's own identifiers, 32 bytes, for the configs given from now on. A config that has
     * some and finds no key, or another, is refused.
     *
     * @throws IllegalArgumentException if it has another length.
     */
    @JvmStatic
    external fun setIdentifierKey(key: ByteArray)

    /**
     * The config's `known_identifiers` with one more: keyed hashes of [value], which is not kept.
     *
     * @throws IllegalArgumentException if the value is none of its kind, in words for the user.
     */
    @JvmStatic
    external fun addIdentifier(
        identifiersJson: String,
        kind: String,
        value: String,
        nowS: Long,
    ): String

    /**
     * Has the engine go on with what one before had learned; begins anew where [state] is empty.
     *
     * @throws IllegalArgumentException if it is damaged or was made with another key.
     */
    @JvmStatic
    external fun setLearned(
        engine: Long,
        key: ByteArray,
        state: ByteArray,
    )

    /** What the engine has learned; null where it has ended. */
    @JvmStatic
    external fun learned(engine: Long): ByteArray?

    /**
     * The rules that ship and those of the files, a JSON object of texts by name, and what is wrong with files that
     * are left out; [RuleBook] reads it.
     */
    @JvmStatic
    external fun rules(filesJson: String): String

    /**
     * Which of the lines, a JSON array of rule fields, the rule of a file matches.
     *
     * @throws IllegalArgumentException if the file is no rule, with line and remedy.
     */
    @JvmStatic
    external fun hindsight(
        file: String,
        text: String,
        linesJson: String,
    ): String

    /**
     * A name or a range of addresses in the form that the config has it.
     *
     * @throws IllegalArgumentException if it is neither, in words for the user.
     */
    @JvmStatic
    external fun target(typed: String): String

    /**
     * What is in a capture (pcap, pcapng), judged by a config, as a JSON object; [CaptureReport] reads it. What is wrong
     * with the capture is in it. At most [mostBytes] are read.
     *
     * @throws IllegalArgumentException if the config is wrong.
     */
    @JvmStatic
    external fun scan(
        capture: InputStream,
        configJson: String,
        mostBytes: Long,
    ): ByteArray

    /**
     * A bundle of evidence of a line of the history, a zip file, as a JSON object describes it; [Evidence] makes that.
     *
     * @throws IllegalArgumentException if something of it is missing or wrong.
     */
    @JvmStatic
    external fun evidence(askedJson: String): ByteArray

    /** Version of the library. */
    @JvmStatic
    external fun version(): String
}
