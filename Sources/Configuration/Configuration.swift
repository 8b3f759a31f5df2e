// Configuration: coturn's file grammar, every key it ever had, and a verdict for each line.
