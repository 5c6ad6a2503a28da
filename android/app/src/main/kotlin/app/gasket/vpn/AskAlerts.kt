package app.gasket.vpn

import android.app.Notification
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.net.Uri
import android.os.SystemClock
import app.gasket.GasketApp
import app.gasket.R
import app.gasket.bridge.AskOutcome
import app.gasket.bridge.Event
import app.gasket.history.HistoryItem
import app.gasket.ui.MainActivity
import app.gasket.ui.Receipt
import app.gasket.ui.ownerName
import kotlinx.coroutines.flow.Flow

/** A notification for each open question, and what became of it where nobody answered. */
internal class AskAlerts(
    private val context: Context,
    private val manager: NotificationManager,
    private val clock: () -> Long = SystemClock::elapsedRealtime,
) {
    /** Shows what is [open], until cancelled. */
    suspend fun follow(open: Flow<List<Question>>) {
        var shown = emptyList<Question>()
        open.collect { questions ->
            for (question in shown - questions.toSet()) manager.cancel(tagOf(question.id), ASK_ID)
            for (question in questions - shown.toSet()) manager.notify(tagOf(question.id), ASK_ID, notification(question))
            shown = questions
        }
    }

    /** Tells of what nobody answered, with the way to take it back. */
    fun tell(told: List<HistoryItem.Told>) {
        val unanswered = told.filter { it.event.asked?.outcome == AskOutcome.UNANSWERED }
        for ((id, lines) in unanswered.groupBy { it.event.asked?.question ?: 0 }) {
            val line = lines.last()
            val receipt = receiptOf(line.event)
            after(
                id,
                context.ownerOf(line.event),
                receipt.outcome,
                Notifications.activity(context, MainActivity.showLine(context, line.id)),
                canPass = true,
            )
        }
    }

    /** Says that nobody answered, where no connection that waited may be left that the engine could tell of. */
    fun unanswered(question: Question) {
        val outcome = context.getString(R.string.ask_outcome_unanswered, question.event.asked?.seconds)
        val text = "$outcome ${context.getString(R.string.ask_blocked)}"
        after(question.id, context.ownerOf(question.event), text, opens(question), canPass = true)
    }

    /** Puts what came of an answer in the question's place. */
    fun answered(
        answer: Answer,
        title: String,
        heard: Heard,
    ) {
        val id = answer.question
        manager.cancel(tagOf(id), ASK_ID)
        val text =
            when {
                heard == Heard.GONE -> R.string.ask_gone

                !answer.allow -> R.string.ask_blocked

                heard == Heard.LATE -> R.string.ask_next_passes

                // What it was asked about is seen to go on.
                else -> return manager.cancel(tagOf(id), AFTER_ID)
            }
        val history = Notifications.activity(context, MainActivity.showLine(context, HistoryItem.UNWRITTEN))
        after(id, title, context.getString(text), history, canPass = !answer.allow && heard != Heard.GONE)
    }

    private fun after(
        id: Long,
        title: String,
        text: String,
        opens: PendingIntent,
        canPass: Boolean,
    ) {
        val notification =
            builder(Notifications.STATUS_CHANNEL)
                .setContentTitle(title)
                .setContentText(text)
                .setStyle(Notification.BigTextStyle().bigText(text))
                .setContentIntent(opens)
                .setAutoCancel(true)
                .setTimeoutAfter(AFTER_MS)
                .apply { if (canPass) addAction(action(Answer(id, allow = true), title, R.string.ask_next)) }
                .build()
        manager.notify(tagOf(id), AFTER_ID, notification)
    }

    private fun notification(question: Question): Notification {
        val left = question.untilMs - clock()
        val title = context.ownerOf(question.event)
        val lines = receiptOf(question.event).lines
        return builder(Notifications.ASK_CHANNEL)
            .setContentTitle(context.getString(R.string.ask_title, title))
            .setContentText(lines.joinToString(" "))
            .setStyle(Notification.BigTextStyle().bigText(lines.joinToString("\n")))
            .setContentIntent(opens(question))
            .setOnlyAlertOnce(true)
            .setTimeoutAfter(left.coerceAtLeast(1))
            .addAction(action(Answer(question.id, allow = true), title, R.string.ask_let_through))
            .addAction(action(Answer(question.id, allow = false), title, R.string.ask_block))
            .build()
    }

    /** The app's page, where more can be chosen. */
    private fun opens(question: Question): PendingIntent {
        val window = question.packages.firstOrNull()?.let { MainActivity.showApp(context, it) } ?: Intent(context, MainActivity::class.java)
        return Notifications.activity(context, window)
    }

    private fun action(
        answer: Answer,
        title: String,
        label: Int,
    ): Notification.Action = alertAction(context, label, AskReceiver.intent(context, answer, title))

    private fun receiptOf(event: Event) = Receipt.of(event, context.resources, labelsOf(context, event.app?.packages.orEmpty()))

    private fun builder(channel: String) = Notification.Builder(context, channel).setSmallIcon(R.drawable.ic_status)

    companion object {
        const val ASK_ID = 6
        const val AFTER_ID = 7

        /** As long as an answer is remembered. */
        private const val AFTER_MS = 60 * 60 * 1000L

        private fun tagOf(id: Long) = "$id"
    }
}

private fun Context.ownerOf(event: Event) = ownerName(event.app, resources, labelsOf(this, event.app?.packages.orEmpty()))

/** Answers a question about the app called [title], and says what came of it where it cannot be seen. */
internal fun GasketApp.answer(
    answer: Answer,
    title: String,
) = AskAlerts(this, getSystemService(NotificationManager::class.java)).answered(answer, title, questions.answer(answer))

/** Takes the answer that the user gave in a notification. Only this app's own notifications reach it. */
class AskReceiver : BroadcastReceiver() {
    override fun onReceive(
        context: Context,
        intent: Intent,
    ) {
        val id = intent.data?.schemeSpecificPart?.toLongOrNull() ?: return
        val app = context.applicationContext as GasketApp
        val allow = intent.action == LET_THROUGH
        if (!allow && intent.action != BLOCK) return
        app.answer(Answer(id, allow), intent.getStringExtra(TITLE).orEmpty())
    }

    companion object {
        private const val LET_THROUGH = "app.gasket.LET_THROUGH"
        private const val BLOCK = "app.gasket.BLOCK_THIS"
        private const val TITLE = "title"

        internal fun intent(
            context: Context,
            answer: Answer,
            title: String,
        ): Intent =
            Intent(context, AskReceiver::class.java)
                .setAction(if (answer.allow) LET_THROUGH else BLOCK)
                .setData(Uri.fromParts("gasket", "${answer.question}", null))
                .putExtra(TITLE, title)
    }
}
