"""What tests share: scenarios, cohorts, other simulators, calling the terminal."""
