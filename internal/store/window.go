package store

// Window reads limit rows behind the first skip, or the last one if there are not
// so many, of parts that are counted and not read: part i has counts[i] rows, and
// of the parts only those are read that the window lies in. Total is of all parts.
func Window[T any](counts []int, skip, limit int, read func(i int) ([]T, error)) (rows []T, total int, err error) {
	for _, n := range counts {
		total += n
	}
	skip = min(skip, total-1)
	for i, n := range counts {
		if skip < n && len(rows) < limit {
			all, err := read(i)
			if err != nil {
				return nil, total, err
			}
			from := min(max(0, skip), len(all))
			rows = append(rows, all[from:min(from+limit-len(rows), len(all))]...)
		}
		skip -= n
	}
	return rows, total, nil
}
