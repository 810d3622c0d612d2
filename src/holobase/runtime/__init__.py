"""Where the parts are put together: settings, wiring, processes, logs. Only this names adapters."""
