"""One file per sensor family; `sensors.driver.families` finds them."""
