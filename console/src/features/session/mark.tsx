export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={className}>
      <rect width="32" height="32" rx="7" fill="var(--color-raised)" />
      <path d="M7 9h18v4h-7v11h-4V13H7z" fill="var(--color-lime)" />
    </svg>
  );
}
