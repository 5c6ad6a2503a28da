package app.gasket.vpn

import android.appwidget.AppWidgetManager
import android.appwidget.AppWidgetProvider
import android.content.ComponentName
import android.content.Context
import android.content.Intent
import android.view.View
import android.widget.RemoteViews
import app.gasket.GasketApp
import app.gasket.R
import app.gasket.history.Tally
import app.gasket.ui.MainActivity
import app.gasket.ui.titleOf
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch

/** How protection stands and what it stopped today, on the home screen. The service keeps it true while it runs. */
class TodayWidget : AppWidgetProvider() {
    override fun onUpdate(
        context: Context,
        manager: AppWidgetManager,
        ids: IntArray,
    ) {
        val app = context.applicationContext as GasketApp
        val pending = goAsync()
        CoroutineScope(Dispatchers.Default).launch {
            try {
                show(app, app.protection.value, app.history.tallyOrNull(startOfToday()))
            } finally {
                pending?.finish()
            }
        }
    }

    companion object {
        /** Brings every one of them up to date. */
        internal fun show(
            context: Context,
            protection: Protection,
            tally: Tally?,
        ) {
            val manager = AppWidgetManager.getInstance(context) ?: return
            val ids = manager.getAppWidgetIds(ComponentName(context, TodayWidget::class.java))
            if (ids.isNotEmpty()) manager.updateAppWidget(ids, views(context, protection, tally))
        }

        /** What one of them shows. */
        internal fun views(
            context: Context,
            protection: Protection,
            tally: Tally?,
        ): RemoteViews {
            val count = statusText(context, protection, tally).takeIf { protection.isOn }
            return RemoteViews(context.packageName, R.layout.widget_today).apply {
                setTextViewText(R.id.widget_title, context.getString(titleOf(protection)))
                setTextViewText(R.id.widget_text, count)
                setViewVisibility(R.id.widget_text, if (count == null) View.GONE else View.VISIBLE)
                setOnClickPendingIntent(R.id.widget, Notifications.activity(context, Intent(context, MainActivity::class.java)))
            }
        }
    }
}
