package plan

import "suiji/calendar"

// ConfirmRule is the time to compare and confirm the drawn firms (1.21).
func (p Plan) ConfirmRule() calendar.Rule {
	return calendar.Rule{N: p.ConfirmDays, Unit: calendar.Workdays}
}

// PublishRule is the plan's own publication clock, from the end of a firm's
// inspection (1.35).
func (p Plan) PublishRule() calendar.Rule {
	return calendar.Rule{N: p.PublishDays, Unit: p.PublishUnit}
}

// TaskRule is the national publication clock, from the end of the task
// (国市监信〔2019〕38号).
func (p Plan) TaskRule() calendar.Rule {
	return calendar.Rule{N: p.TaskDays, Unit: calendar.Workdays}
}

// PublishBy returns the publication deadline of an inspection that ended on
// one day, in a task that ended on another: the earlier of both clocks binds.
// A plan without the national clock has only its own.
func (p Plan) PublishBy(cal calendar.Calendar, inspected, taskEnded calendar.Date) (calendar.Deadline, error) {
	own, err := cal.Apply(inspected, p.PublishRule())
	if err != nil || p.TaskDays == 0 {
		return own, err
	}
	national, err := cal.Apply(taskEnded, p.TaskRule())
	if err != nil {
		return own, err
	}
	return calendar.Earlier(own, national), nil
}
