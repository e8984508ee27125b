import { Title, type TitleProps } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';

/** The heading of a page. It takes the focus when the page is come to by a link, so that who hears the page is told. */
export function PageTitle({
  document: title,
  children,
  ...look
}: { document: string; children: ReactNode } & TitleProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    window.document.title = title;
  }, [title]);
  useEffect(() => {
    if (location.hash !== lastPage) heading.current?.focus();
    lastPage = location.hash;
  }, []);
  return (
    <Title order={1} size="h2" {...look} ref={heading} tabIndex={-1} className="page-title">
      {children}
    </Title>
  );
}

/** Where the page is, or was before. The first page is not come to by a link. */
let lastPage = location.hash;
