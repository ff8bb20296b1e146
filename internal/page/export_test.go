package page

// FaultOfTests gives tests the struct of the error page.
func FaultOfTests() Page { return &faultPage{} }
